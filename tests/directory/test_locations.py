"""Locations: each name once, changed by version, out of use rather than gone."""

import pytest

from app import directory
from app.directory import LocationChanges, NewLocation
from app.errors import DuplicateRecord, ResourceNotFound, StaleVersion
from app.models.paging import After
from tests.clinic import Clinic, open_clinic

pytestmark = [pytest.mark.anyio, pytest.mark.database]
ROOM = NewLocation(name="Room 1")


async def test_a_name_is_used_once(clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        room = await directory.add_location(session, ROOM)
        other = await directory.add_location(session, NewLocation(name="Room 2"))
        with pytest.raises(DuplicateRecord):
            await directory.add_location(session, ROOM)
        with pytest.raises(DuplicateRecord):
            await directory.change_location(
                session, other.id, LocationChanges(name=room.name), version=1
            )


async def test_a_room_out_of_use_is_read_and_not_listed(clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        room = await directory.add_location(session, ROOM)
        closed = LocationChanges(active=False)
        await directory.change_location(session, room.id, closed, version=1)
        with pytest.raises(StaleVersion):
            await directory.change_location(session, room.id, closed, version=1)
        listed = await directory.list_locations(session, after=After())
        read = await directory.find_location(session, room.id)

    assert listed.items == []
    assert (read.active, read.version, read.name) == (False, 2, "Room 1")


async def test_another_organisations_room_is_not_found(clinic: Clinic) -> None:
    other = await open_clinic(clinic.database)
    async with clinic.database.transaction(other.actor) as session:
        theirs = await directory.add_location(session, ROOM)

    async with clinic.database.transaction(clinic.actor) as session:
        with pytest.raises(ResourceNotFound):
            await directory.find_location(session, theirs.id)
