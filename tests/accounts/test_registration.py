"""Accounts are made with a good password and a name of their own."""

import pytest

from app import accounts
from app.errors import DuplicateRecord, InvalidInput, ResourceNotFound
from app.identity import Actor
from app.models import Practitioner
from tests.accounts.staffroom import PASSWORD, START, USERNAME, Staffroom, staffroom

pytestmark = [pytest.mark.anyio, pytest.mark.database]


@pytest.mark.parametrize(
    ("username", "password", "error"),
    [
        ("new.name", "too short", InvalidInput),
        ("", PASSWORD, InvalidInput),
        ("a\tb", PASSWORD, InvalidInput),
        ("x" * 101, PASSWORD, InvalidInput),
        (USERNAME.upper(), PASSWORD, DuplicateRecord),
    ],
)
async def test_what_makes_no_account(
    house: Staffroom, username: str, password: str, error: type[Exception]
) -> None:
    async def create() -> None:
        async with house.database.transaction(Actor(house.organization_id)) as session:
            doctor = await session.get_one(Practitioner, house.practitioner_id)
            await accounts.create_account(session, doctor, username, password)

    with pytest.raises(error):
        await create()


async def test_another_organisations_account_cannot_be_disabled(house: Staffroom) -> None:
    other = await staffroom(house.database, house.settings, ods_code="B81001", username="other")

    async def disable() -> None:
        async with house.database.transaction(Actor(other.organization_id)) as session:
            await accounts.disable_account(session, house.account_id, now=START)

    with pytest.raises(ResourceNotFound):
        await disable()
