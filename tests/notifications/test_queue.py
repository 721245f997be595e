"""What patients are to be told of, from how an appointment stands."""

from datetime import UTC, datetime, time, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.models import Appointment
from app.models.time_zone import zone
from app.notifications import NewPolicy, set_policy
from app.notifications.queue import LEAST_NOTICE, reminders
from app.notifications.quiet_hours import QuietHours
from app.notifications.sending import send_due
from tests.encounters.world import Practice
from tests.notifications.world import (
    NEXT_WEEK,
    NOON,
    Remembering,
    booked,
    change_patient,
    happened,
    kinds,
    mark,
    move,
    rows,
    sender,
)

pytestmark = [pytest.mark.anyio, pytest.mark.database]
LATER = NEXT_WEEK + timedelta(days=2)
NIGHT = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)


async def send(house: Practice, now: datetime = NOON) -> list[str]:
    """Send what is due; the texts."""
    gateway = Remembering()
    await send_due(sender(house.database, gateway), now)
    return [outgoing.text for outgoing in gateway.sent]


async def test_a_booking_is_confirmed_at_once_and_reminded_of(house: Practice) -> None:
    visit = await booked(house)

    await happened(house, visit.appointment_id)

    assert [(row.kind, row.medium, row.due_at) for row in await rows(house)] == [
        ("confirmation", "sms", NOON),
        ("reminder", "sms", NEXT_WEEK - timedelta(days=7)),
        ("reminder", "sms", NEXT_WEEK - timedelta(days=1)),
        ("reminder", "sms", NEXT_WEEK - timedelta(hours=2)),
    ]


async def test_an_event_handled_again_adds_nothing(house: Practice) -> None:
    visit = await booked(house)
    await happened(house, visit.appointment_id)
    before = await rows(house)

    await happened(house, visit.appointment_id, now=NOON + timedelta(hours=1))
    await send(house, NOON + timedelta(hours=1))
    await happened(house, visit.appointment_id, now=NOON + timedelta(hours=2))

    assert [row.id for row in await rows(house)] == [row.id for row in before]


async def test_a_hold_says_nothing(house: Practice) -> None:
    visit = await booked(house)
    async with house.acting() as session:
        row = await session.get_one(Appointment, visit.appointment_id)
        row.status, row.patient_id, row.hold_expires_at = "pending", None, NEXT_WEEK

    await happened(house, visit.appointment_id)
    await happened(house, uuid4())

    assert await rows(house) == []


async def test_a_move_says_so_and_replaces_the_reminders(house: Practice) -> None:
    visit = await booked(house)
    await happened(house, visit.appointment_id)
    await send(house)
    await move(house, visit.appointment_id, LATER)

    await happened(house, visit.appointment_id)

    assert await kinds(house, "sent") == ["confirmation"]
    assert await kinds(house, "cancelled") == ["reminder"] * 3
    assert await kinds(house) == ["change", "reminder", "reminder", "reminder"]
    assert (await rows(house))[-1].due_at == LATER - timedelta(hours=2)


async def test_a_move_before_anything_was_sent_makes_one_confirmation(house: Practice) -> None:
    visit = await booked(house)
    await happened(house, visit.appointment_id)
    await move(house, visit.appointment_id, LATER)

    await happened(house, visit.appointment_id)
    texts = await send(house)

    assert len(texts) == 1
    assert "is booked for Thu 3 Dec at 10am GMT" in texts[0]


async def test_a_move_there_and_back_says_nothing_new(house: Practice) -> None:
    visit = await booked(house)
    await happened(house, visit.appointment_id)
    await send(house)
    await move(house, visit.appointment_id, LATER)
    await happened(house, visit.appointment_id)
    await move(house, visit.appointment_id, NEXT_WEEK)

    await happened(house, visit.appointment_id)

    assert await kinds(house) == ["reminder"] * 3


async def test_a_new_sequence_with_nothing_new_to_say_is_not_a_change(house: Practice) -> None:
    visit = await booked(house)
    await happened(house, visit.appointment_id)
    await send(house)
    await mark(house, visit.appointment_id, "booked")

    await happened(house, visit.appointment_id)

    assert await kinds(house) == ["reminder"] * 3


async def test_a_cancellation_ends_what_waits_and_says_so(house: Practice) -> None:
    visit = await booked(house)
    await happened(house, visit.appointment_id)
    await send(house)
    await mark(house, visit.appointment_id, "cancelled")

    await happened(house, visit.appointment_id)
    await happened(house, visit.appointment_id)

    assert await kinds(house) == ["cancellation"]
    assert await kinds(house, "cancelled") == ["reminder"] * 3


async def test_whoever_never_heard_of_it_does_not_hear_that_it_is_off(house: Practice) -> None:
    visit = await booked(house)
    await happened(house, visit.appointment_id)
    await mark(house, visit.appointment_id, "cancelled")

    await happened(house, visit.appointment_id)

    assert await kinds(house) == []


async def test_an_attempt_that_may_have_got_through_counts_as_told(house: Practice) -> None:
    visit = await booked(house)
    await happened(house, visit.appointment_id)
    async with house.acting() as session:
        for row in await rows(house):
            if row.kind == "confirmation":
                (await session.merge(row)).attempts = 1
    await mark(house, visit.appointment_id, "cancelled")

    await happened(house, visit.appointment_id)

    assert await kinds(house) == ["cancellation"]


@pytest.mark.parametrize("status", ["arrived", "fulfilled", "noshow"])
async def test_nobody_who_came_or_did_not_is_reminded(house: Practice, status: str) -> None:
    visit = await booked(house)
    await happened(house, visit.appointment_id)
    await send(house)
    await mark(house, visit.appointment_id, status)

    await happened(house, visit.appointment_id)

    assert await kinds(house) == []


async def test_an_answer_to_a_deed_comes_at_night_too(house: Practice) -> None:
    visit = await booked(house)

    await happened(house, visit.appointment_id, now=NIGHT, deed_at=NIGHT - timedelta(minutes=1))

    assert (await rows(house))[0].due_at == NIGHT


async def test_news_of_an_old_deed_waits_for_the_morning(house: Practice) -> None:
    visit = await booked(house)

    await happened(house, visit.appointment_id, now=NIGHT, deed_at=NIGHT - timedelta(hours=4))

    assert (await rows(house))[0].due_at == NIGHT.replace(hour=8)


async def test_news_that_cannot_wait_does_not(house: Practice) -> None:
    visit = await booked(house, NIGHT.replace(hour=7))

    await happened(house, visit.appointment_id, now=NIGHT, deed_at=NIGHT - timedelta(hours=4))

    assert [(row.kind, row.due_at) for row in await rows(house)] == [("confirmation", NIGHT)]


async def test_whoever_prefers_the_telephone_gets_no_message_but_is_to_be_rung(
    house: Practice,
) -> None:
    await change_patient(house, preferred_contact="phone")
    visit = await booked(house)
    await happened(house, visit.appointment_id)
    await move(house, visit.appointment_id, LATER)

    await happened(house, visit.appointment_id)

    assert await kinds(house) == []
    assert await kinds(house, "cancelled") == ["confirmation"]
    failed = [row for row in await rows(house) if row.status == "failed"]
    assert [(row.kind, row.problem) for row in failed] == [
        ("change", "Prefers a phone call. Ring to tell them.")
    ]


async def test_without_any_way_staff_are_told_to_ring(house: Practice) -> None:
    await change_patient(house, phone="", email="")
    visit = await booked(house)

    await happened(house, visit.appointment_id)

    only = (await rows(house))[0]
    assert (only.status, "Ring the patient" in only.problem) == ("failed", True)
    assert len(await rows(house)) == 1


async def test_a_medium_that_nothing_sends_by_is_not_chosen(house: Practice) -> None:
    visit = await booked(house)

    await happened(house, visit.appointment_id, media=["email"])

    assert {row.medium for row in await rows(house)} == {"email"}


async def test_the_policy_says_when_to_remind(house: Practice) -> None:
    async with house.acting(house.staff("administrator")) as session:
        await set_policy(session, NewPolicy(reminder_minutes=[60]), version=0)
    visit = await booked(house)

    await happened(house, visit.appointment_id)

    assert [row.due_at for row in await rows(house) if row.kind == "reminder"] == [
        NEXT_WEEK - timedelta(hours=1)
    ]


starts = st.integers(0, 10 * 365 * 1440).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@given(
    starts,
    st.timedeltas(timedelta(), timedelta(days=40)),
    st.lists(st.integers(15, 43_200), max_size=5, unique=True),
    st.sampled_from(["Europe/London", "Australia/Lord_Howe", "America/Vancouver"]),
)
def test_reminders_come_in_time_by_day_and_apart(
    start: datetime, notice: timedelta, minutes: list[int], place: str
) -> None:
    quiet = QuietHours(time(21), time(8), zone(place))

    due = reminders(start, minutes, quiet=quiet, zone_name=place, now=start - notice)

    assert set(due) <= set(minutes)
    assert len(set(due.values())) == len(due)
    for at in due.values():
        assert start - notice + LEAST_NOTICE <= at < start
        assert not quiet.covers(at)
