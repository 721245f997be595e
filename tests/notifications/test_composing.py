"""The words for staff to read, without what is the patient's alone."""

import pytest
from sqlalchemy import func, select

from app.models import Appointment, JoinLink
from app.notifications import Desk, Outgoing, calendar_file, preview
from app.notifications.composing import STAND_IN
from tests.encounters.world import Practice
from tests.notifications.itip import understood
from tests.notifications.world import (
    DESK,
    NEXT_WEEK,
    NOON,
    booked,
    change_patient,
    happened,
    mark,
    rows,
)

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def previewed(house: Practice, desk: Desk = DESK, *, with_link: bool = False) -> Outgoing:
    row = (await rows(house))[0]
    async with house.acting() as session:
        return await preview(session, row, desk, now=NOON, with_link=with_link)


async def links(house: Practice) -> int:
    async with house.acting() as session:
        return await session.scalar(select(func.count()).select_from(JoinLink)) or 0


async def test_a_preview_makes_no_link_and_is_as_long(house: Practice) -> None:
    visit = await booked(house)
    await happened(house, visit.appointment_id)
    before = await links(house)

    stand_in, real = await previewed(house), await previewed(house, with_link=True)

    assert STAND_IN in stand_in.text
    assert STAND_IN not in real.text
    assert len(stand_in.text) == len(real.text)
    assert await links(house) == before + 1


async def test_a_cancelled_one_can_still_be_read(house: Practice) -> None:
    await change_patient(house, preferred_contact="email")
    visit = await booked(house)
    await happened(house, visit.appointment_id)
    await mark(house, visit.appointment_id, "cancelled")

    shown = await previewed(house, with_link=True)

    assert shown.subject.startswith("Your appointment: Tuesday 1 December 2026 at 10am GMT")


async def test_one_that_has_no_address_can_be_read_too(house: Practice) -> None:
    await change_patient(house, phone="", email="")
    visit = await booked(house)
    await happened(house, visit.appointment_id)

    shown = await previewed(house)

    assert (shown.to, "is booked for" in shown.text) == ("", True)


async def test_a_patient_may_keep_it_in_their_own_calendar(house: Practice) -> None:
    visit = await booked(house)
    async with house.acting() as session:
        appointment = await session.get_one(Appointment, visit.appointment_id)
        link = f"{DESK.base_url}/join#{visit.secret}"
        written = await calendar_file(session, appointment, DESK, link=link, now=NOON)

    ((event,),) = understood([written])
    assert (event["method"], event["url"], event["attendee"]) == ("PUBLISH", link, None)
    assert event["start"] == NEXT_WEEK.timestamp()
