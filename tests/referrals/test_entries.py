"""What devices send late: each thing once, and when it happened."""

from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import referrals
from app.errors import DuplicateRecord, Forbidden, InvalidTransition
from app.referrals.entries import CLOCKS_DIFFER, KEPT_OFFLINE, LATE, Entry, plausible
from tests.referrals.world import NOON, Region

pytestmark = [pytest.mark.anyio, pytest.mark.database]
EARLIER = NOON - timedelta(minutes=40)


@given(st.timedeltas(min_value=-KEPT_OFFLINE, max_value=CLOCKS_DIFFER))
def test_a_time_of_the_last_week_is_kept_and_never_ahead_of_ours(offset: timedelta) -> None:
    kept = plausible(NOON + offset, NOON)

    assert kept == min(NOON + offset, NOON)


@given(
    st.one_of(
        st.timedeltas(max_value=-KEPT_OFFLINE - timedelta(seconds=1), min_value=timedelta(-9000)),
        st.timedeltas(min_value=CLOCKS_DIFFER + timedelta(seconds=1), max_value=timedelta(9000)),
    )
)
def test_a_time_that_cannot_be_right_is_left_out(offset: timedelta) -> None:
    assert plausible(NOON + offset, NOON) is None


async def test_a_change_sent_again_changes_nothing(region: Region) -> None:
    request_id = await region.ask()
    entry = Entry(uuid4(), EARLIER)
    for minutes in (12, 30):
        async with region.acting(region.crew) as session:
            await referrals.update_request(
                session, request_id, {"eta_minutes": minutes}, now=NOON, entry=entry
            )

    request = await region.request(request_id)
    async with region.acting(region.crew) as session:
        late = await referrals.late_entries(session, request_id)

    assert request.eta_minutes == 12
    assert [(each.id, each.happened_at, each.received_at) for each in late] == [
        (entry.id, EARLIER, NOON)
    ]


async def test_an_entry_of_another_request_is_a_duplicate(region: Region) -> None:
    entry = Entry(uuid4())
    async with region.acting(region.crew) as session:
        await referrals.update_request(
            session, await region.ask(), {"eta_minutes": 12}, now=NOON, entry=entry
        )

    other = await region.ask()
    with pytest.raises(DuplicateRecord):
        async with region.acting(region.crew) as session:
            await referrals.update_request(
                session, other, {"eta_minutes": 12}, now=NOON, entry=entry
            )


async def test_what_came_at_once_is_not_called_late(region: Region) -> None:
    request_id = await region.ask()
    async with region.acting(region.crew) as session:
        await referrals.update_request(
            session, request_id, {"eta_minutes": 9}, now=NOON, entry=Entry(uuid4(), NOON - LATE)
        )
        assert await referrals.late_entries(session, request_id) == []


async def test_a_request_says_when_it_was_asked_and_when_it_came(region: Region) -> None:
    asked = referrals.Asked(
        service_id=region.service_id, question="Late?", id=uuid4(), asked_at=EARLIER
    )
    async with region.acting(region.crew) as session:
        raised = await referrals.raise_request(session, asked, now=NOON)

    assert (raised.asked_at, raised.raised_at) == (EARLIER, NOON)
    assert referrals.is_late(raised.asked_at, raised.raised_at)


async def test_notes_are_read_as_they_were_written_whatever_came_first(region: Region) -> None:
    request_id = await region.ask()
    for text, minutes in (("Second", 10), ("First", 30)):
        entry = Entry(uuid4(), NOON - timedelta(minutes=minutes))
        for _ in range(2):
            async with region.acting(region.crew) as session:
                await referrals.write_note(session, request_id, text, entry=entry, now=NOON)

    async with region.acting(region.shah) as session:
        notes = await referrals.notes_of(session, request_id)

    assert [note.text for note in notes] == ["First", "Second"]


async def test_only_the_crew_writes_notes_and_only_while_it_is_open(region: Region) -> None:
    request_id = await region.ask()
    with pytest.raises(Forbidden):
        async with region.acting(region.shah) as session:
            await referrals.write_note(session, request_id, "Mine", entry=Entry(), now=NOON)
    async with region.acting(region.crew) as session:
        await referrals.cancel(session, request_id, now=NOON)

    with pytest.raises(InvalidTransition):
        async with region.acting(region.crew) as session:
            await referrals.write_note(session, request_id, "Late", entry=Entry(), now=NOON)


async def test_a_note_of_another_request_is_a_duplicate(region: Region) -> None:
    entry = Entry(uuid4(), EARLIER)
    async with region.acting(region.crew) as session:
        await referrals.write_note(session, await region.ask(), "One", entry=entry, now=NOON)

    other = await region.ask()
    with pytest.raises(DuplicateRecord):
        async with region.acting(region.crew) as session:
            await referrals.write_note(session, other, "Two", entry=entry, now=NOON)
