"""A series is told of by one text, and by an e-mail with an invitation for each."""

from datetime import timedelta
from uuid import UUID

import pytest

from app.models import Appointment, AppointmentSeries, Communication
from app.notifications import NewPolicy, set_policy
from app.notifications.sending import send_due
from app.notifications.series import WITH_SERIES
from tests.encounters.world import Practice
from tests.notifications.world import (
    NEXT_WEEK,
    NOON,
    Remembering,
    booked,
    change_patient,
    happened,
    mark,
    move,
    rows,
    sender,
)

pytestmark = [pytest.mark.anyio, pytest.mark.database]
WEEK = timedelta(days=7)


async def series(house: Practice, count: int = 4) -> list[UUID]:
    """So many weekly appointments, booked together."""
    ids = [
        (await booked(house, NEXT_WEEK + number * WEEK)).appointment_id for number in range(count)
    ]
    async with house.acting() as session:
        kept = AppointmentSeries(
            organization_id=house.organization_id,
            patient_id=house.patient_id,
            practitioner_id=house.practitioner_id,
            service_id=house.service_id,
            recurrence="FREQ=WEEKLY",
            first_day=NEXT_WEEK.date(),
            wall_time="10:00",
            time_zone="Europe/London",
            minutes=15,
            channel="video",
        )
        session.add(kept)
        await session.flush()
        for key in ids:
            (await session.get_one(Appointment, key)).series_id = kept.id
    return ids


async def all_happened(house: Practice, ids: list[UUID]) -> None:
    for key in ids:
        await happened(house, key)


async def news(house: Practice, status: str = "queued") -> list[Communication]:
    return [row for row in await rows(house) if row.kind != "reminder" and row.status == status]


async def texts(house: Practice) -> list[str]:
    gateway = Remembering()
    await send_due(sender(house.database, gateway), NOON)
    return [outgoing.text for outgoing in gateway.sent]


@pytest.mark.parametrize("order", [1, -1])
async def test_a_series_is_confirmed_by_one_text(house: Practice, order: int) -> None:
    ids = await series(house)

    await all_happened(house, ids[::order])
    await all_happened(house, ids)

    (leader,) = await news(house)
    followers = await news(house, "cancelled")
    assert leader.appointment_id == ids[0]
    assert [row.problem for row in followers] == [WITH_SERIES] * 3
    (text,) = await texts(house)
    assert (
        "your 4 video appointments with Dr Amara Okafor are booked:"
        " the first is on Tue 1 Dec at 10am GMT, the last on Tue 22 Dec at 10am GMT."
    ) in text


async def test_each_of_a_series_is_reminded_of(house: Practice) -> None:
    await all_happened(house, await series(house))

    reminders = [row for row in await rows(house) if row.kind == "reminder"]

    assert len(reminders) == 4 * 3


async def test_this_and_following_moved_is_one_text(house: Practice) -> None:
    ids = await series(house)
    await all_happened(house, ids)
    await texts(house)
    for number, key in enumerate(ids[1:], start=1):
        await move(house, key, NEXT_WEEK + number * WEEK + timedelta(hours=1))

    await all_happened(house, ids[1:])

    (text,) = await texts(house)
    assert "your 3 video appointments with Dr Amara Okafor have changed" in text
    assert "the first is on Tue 8 Dec at 11am GMT, the last on Tue 22 Dec at 11am GMT" in text


async def test_a_series_that_is_called_off_is_one_text(house: Practice) -> None:
    ids = await series(house)
    await all_happened(house, ids)
    await texts(house)
    for key in ids:
        await mark(house, key, "cancelled")

    await all_happened(house, ids)

    (text,) = await texts(house)
    assert "your 4 video appointments with Dr Amara Okafor, the first on Tue 1 Dec" in text
    assert "are cancelled" in text


async def test_one_of_a_series_that_moves_is_told_of_alone(house: Practice) -> None:
    ids = await series(house)
    await all_happened(house, ids)
    await texts(house)
    await move(house, ids[2], NEXT_WEEK + timedelta(days=15))

    await happened(house, ids[2])

    (text,) = await texts(house)
    assert "your video appointment has changed" in text


@pytest.mark.parametrize("sent_first", [False, True])
async def test_when_the_first_is_off_unsaid_the_next_one_leads(
    house: Practice, sent_first: bool
) -> None:
    ids = await series(house)
    await all_happened(house, ids)
    await mark(house, ids[0], "cancelled")
    if sent_first:
        assert await texts(house) == []  # the sender finds that it is not so any more

    await happened(house, ids[0])

    (text,) = await texts(house)
    assert "your 3 video appointments" in text
    assert "the first is on Tue 8 Dec" in text


async def test_when_the_first_moves_unsaid_it_leads_still(house: Practice) -> None:
    ids = await series(house)
    await all_happened(house, ids)
    await move(house, ids[0], NEXT_WEEK + timedelta(hours=1))

    await happened(house, ids[0])

    (text,) = await texts(house)
    assert "your 4 video appointments" in text
    assert "the first is on Tue 1 Dec at 11am" in text


async def test_by_email_each_has_its_invitation(house: Practice) -> None:
    await change_patient(house, preferred_contact="email")

    await all_happened(house, await series(house))

    assert len(await news(house)) == 4


async def test_without_reminders_each_text_brings_its_link(house: Practice) -> None:
    async with house.acting(house.staff("administrator")) as session:
        await set_policy(session, NewPolicy(reminder_minutes=[]), version=0)

    await all_happened(house, await series(house))

    assert len(await news(house)) == 4
