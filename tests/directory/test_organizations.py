"""Organisations are open to everyone who has signed in."""

from uuid import uuid4

import pytest

from app import directory
from app.errors import Forbidden, ResourceNotFound, StaleVersion
from app.models.paging import After
from tests.clinic import Clinic, open_clinic

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def test_listed_by_code_whoever_asks(clinic: Clinic) -> None:
    other = await open_clinic(clinic.database, "A00001")

    async with clinic.database.transaction(clinic.actor) as session:
        found = await directory.list_organizations(session, after=After(limit=100))

    codes = [organization.ods_code for organization in found.items]
    assert codes == sorted(codes)
    assert {other.organization_id, clinic.organization_id} <= {each.id for each in found.items}


async def test_found_by_id(clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        found = await directory.find_organization(session, clinic.organization_id)
        with pytest.raises(ResourceNotFound):
            await directory.find_organization(session, uuid4())

    assert found.name == "High Street"


async def test_only_its_own_settings_change_and_each_version_once(clinic: Clinic) -> None:
    other = await open_clinic(clinic.database, "B00001")
    allowed = directory.OrganizationChanges(dictation="on-device")

    async with clinic.database.transaction(clinic.actor) as session:
        changed = await directory.change_organization(
            session, clinic.organization_id, allowed, version=1
        )
        with pytest.raises(StaleVersion):
            await directory.change_organization(session, clinic.organization_id, allowed, version=1)
        with pytest.raises(Forbidden):
            await directory.change_organization(session, other.organization_id, allowed, version=1)

    assert (changed.dictation, changed.version) == ("on-device", 2)


async def test_calls_go_over_relays_alone_where_one_of_the_houses_wants_it(clinic: Clinic) -> None:
    other = await open_clinic(clinic.database, "C00001")
    both = {clinic.organization_id, other.organization_id}
    wanted = directory.OrganizationChanges(relay_only=True)

    async with clinic.database.transaction(clinic.actor) as session:
        assert not await directory.any_relay_only(session, both)
        await directory.change_organization(session, clinic.organization_id, wanted, version=1)
        assert await directory.any_relay_only(session, both)
        assert not await directory.any_relay_only(session, {other.organization_id})


async def test_calls_go_from_browser_to_browser_where_all_houses_want_it(clinic: Clinic) -> None:
    other = await open_clinic(clinic.database, "D00001")
    both = {clinic.organization_id, other.organization_id}
    wanted = directory.OrganizationChanges(direct_calls=True)
    relayed = directory.OrganizationChanges(relay_only=True)

    for house in (clinic, other):
        async with house.database.transaction(house.actor) as session:
            assert await directory.direct_calls(session, both) == "no"
            await directory.change_organization(session, house.organization_id, wanted, version=1)
    async with clinic.database.transaction(clinic.actor) as session:
        assert await directory.direct_calls(session, both) == "any"
        await directory.change_organization(session, clinic.organization_id, relayed, version=2)
        assert await directory.direct_calls(session, both) == "relayed"
        assert await directory.direct_calls(session, {other.organization_id}) == "any"
