"""The outbox as the desk sees it."""

from uuid import uuid4

import pytest

from app.errors import InvalidTransition, ResourceNotFound
from app.models import Communication
from app.models.paging import After
from app.notifications import (
    CommunicationFilters,
    list_communications,
    read_communication,
    retry,
    told,
)
from app.notifications.gateways import Refused
from app.notifications.sending import send_due
from tests.encounters.world import Practice
from tests.notifications.world import (
    NOON,
    Remembering,
    booked,
    change_patient,
    happened,
    rows,
    sender,
)

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def failed(house: Practice) -> Communication:
    visit = await booked(house)
    await happened(house, visit.appointment_id)
    gateway = Remembering(trouble=[Refused("Check the number.")])
    await send_due(sender(house.database, gateway), NOON)
    return next(row for row in await rows(house) if row.status == "failed")


async def test_messages_are_listed_newest_first_and_by_state(house: Practice) -> None:
    row = await failed(house)

    async with house.acting() as session:
        everything = await list_communications(session, CommunicationFilters(), after=After())
        wanted = CommunicationFilters(status="failed", appointment_id=row.appointment_id)
        only = await list_communications(session, wanted, after=After())

    assert len(everything.items) == 4
    assert [found.id for found in only.items] == [row.id]


async def test_one_that_failed_is_sent_again(house: Practice) -> None:
    row = await failed(house)
    gateway = Remembering()
    async with house.acting() as session:
        again = await retry(session, row.id, now=NOON)

    await send_due(sender(house.database, gateway), NOON)

    assert (again.status, again.problem) == ("queued", "")
    assert [outgoing.id for outgoing in gateway.sent] == [row.id]
    assert gateway.sent[0].is_repeat


async def test_it_goes_by_the_way_that_is_open_now(house: Practice) -> None:
    row = await failed(house)
    await change_patient(house, phone="")

    async with house.acting() as session:
        again = await retry(session, row.id, now=NOON)

    assert (again.status, again.medium) == ("queued", "email")


async def test_it_stays_failed_where_there_is_no_way(house: Practice) -> None:
    row = await failed(house)
    await change_patient(house, phone="", email="")

    async with house.acting() as session:
        again = await retry(session, row.id, now=NOON)

    assert (again.status, "Ring the patient" in again.problem) == ("failed", True)


async def test_whoever_was_rung_is_off_the_list(house: Practice) -> None:
    row = await failed(house)

    async with house.acting() as session:
        done = await told(session, row.id)

    assert (done.status, done.problem) == ("cancelled", "Told by phone.")


async def test_only_what_failed_is_sent_again(house: Practice) -> None:
    visit = await booked(house)
    await happened(house, visit.appointment_id)
    row = (await rows(house))[0]

    async with house.acting() as session:
        with pytest.raises(InvalidTransition):
            await retry(session, row.id, now=NOON)
        with pytest.raises(InvalidTransition):
            await told(session, row.id)


async def test_what_is_not_there_is_not_found(house: Practice) -> None:
    async with house.acting() as session:
        with pytest.raises(ResourceNotFound):
            await retry(session, uuid4(), now=NOON)
        with pytest.raises(ResourceNotFound):
            await read_communication(session, uuid4())
