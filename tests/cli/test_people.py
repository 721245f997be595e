"""The first people of an organisation, made at the terminal."""

import asyncio

import pytest

from app import accounts
from app.cli.people import Newcomer, UnknownOrganization, create_user
from app.clock import utc_now
from app.config import Settings
from app.database import Database
from app.errors import DuplicateRecord, InvalidInput
from app.identity import Origin

pytestmark = pytest.mark.database

PASSWORD = "four unrelated words together"
PRIYA = Newcomer(
    username="Priya.Nair",
    given_name="Priya",
    family_name="Nair",
    role="administrator",
    organization="A12345",
    organization_name="Hillside Surgery",
)
BEN = Newcomer("ben.hughes", "Ben", "Hughes", "clinician", "A12345", title="Dr")


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings.model_validate({"DATABASE_URL": database_url})


async def opened(settings: Settings, username: str) -> str:
    """The display name of whoever signs in with that name and the one password."""
    assert settings.database_url is not None
    database = Database(settings.database_url.get_secret_value(), pool_size=2)
    try:
        signed = await accounts.sign_in(
            database,
            username,
            PASSWORD,
            kind="cookie",
            origin=Origin(),
            now=utc_now(),
            settings=settings,
        )
    finally:
        await database.close()
    return signed.principal.name


def test_the_first_person_makes_the_organisation_and_can_sign_in(settings: Settings) -> None:
    create_user(settings, PRIYA, PASSWORD)

    assert asyncio.run(opened(settings, "priya.nair")) == "Priya Nair"


def test_the_next_joins_the_same_organisation(settings: Settings) -> None:
    create_user(settings, PRIYA, PASSWORD)

    create_user(settings, BEN, PASSWORD)

    assert asyncio.run(opened(settings, "ben.hughes")) == "Dr Ben Hughes"


def test_an_organisation_nobody_named_is_not_made_up(settings: Settings) -> None:
    with pytest.raises(UnknownOrganization, match="--organization-name"):
        create_user(settings, BEN, PASSWORD)


def test_a_weak_password_makes_neither_person_nor_organisation(settings: Settings) -> None:
    with pytest.raises(InvalidInput):
        create_user(settings, PRIYA, "password")

    with pytest.raises(UnknownOrganization):
        create_user(settings, BEN, PASSWORD)


def test_a_name_that_is_taken_is_refused(settings: Settings) -> None:
    create_user(settings, PRIYA, PASSWORD)

    with pytest.raises(DuplicateRecord):
        create_user(settings, PRIYA, PASSWORD)
