"""Services: added once by name, listed with what partners share, bookable or not."""

from uuid import uuid4

import pytest
from pydantic import ValidationError

from app import directory
from app.directory import NewService
from app.errors import DuplicateRecord, InvalidInput, ResourceNotFound
from app.models.paging import After
from tests.clinic import Clinic, open_clinic

pytestmark = [pytest.mark.anyio, pytest.mark.database]
STROKE = NewService(name="Stroke advice", specialty="stroke", urgent=True, shared=True)


async def test_a_name_is_used_once(clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        added = await directory.add_service(session, STROKE)
        with pytest.raises(DuplicateRecord):
            await directory.add_service(session, STROKE)

    assert (added.name, added.urgent, added.slot_minutes) == ("Stroke advice", True, 15)


async def test_a_partners_shared_service_is_listed_and_not_bookable(clinic: Clinic) -> None:
    other = await open_clinic(clinic.database)
    async with clinic.database.transaction(other.actor) as session:
        shared = await directory.add_service(session, STROKE)

    async with clinic.database.transaction(clinic.actor) as session:
        listed = await directory.list_services(session, after=After())
        with pytest.raises(ResourceNotFound):
            await directory.find_bookable_service(session, shared.id)

    assert [service.name for service in listed.items if not service.shared] == ["GP appointment"]
    assert shared.id in {service.id for service in listed.items}


async def test_an_urgent_service_is_asked_for_and_not_booked(clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        added = await directory.add_service(session, STROKE)
        with pytest.raises(InvalidInput, match="service_id"):
            await directory.find_bookable_service(session, added.id)
        with pytest.raises(ResourceNotFound):
            await directory.find_bookable_service(session, uuid4())


@pytest.mark.parametrize(
    "wrong", [{"slot_minutes": 4}, {"slot_minutes": 481}, {"specialty": "Big Heart"}, {"name": ""}]
)
def test_what_cannot_be_offered_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        NewService.model_validate({"name": "GP", "specialty": "general-practice", **wrong})
