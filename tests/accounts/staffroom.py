"""One organisation with a doctor who has an account, over HTTP with a clock that tests move."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx2
from pydantic import SecretStr

from app import accounts
from app.accounts import sessions
from app.config import Settings
from app.database import Database
from app.identity import Actor, Origin, StaffRole
from app.main import create_app
from app.models import Account, ApiClient, Organization, Practitioner, PractitionerRole
from tests.routers.service import requests_alone

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
USERNAME = "amara.okafor"
PASSWORD = "correct horse battery"
BASE_URL = "http://127.0.0.1:8000"
OWN_PAGE = {"Origin": BASE_URL}
ORIGIN = Origin("192.0.2.1", "test")


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **parts: float) -> datetime:
        self.now += timedelta(**parts)
        return self.now


@dataclass
class Staffroom:
    """Who there is, by id."""

    database: Database
    settings: Settings
    organization_id: UUID
    practitioner_id: UUID
    account_id: UUID
    client: ApiClient
    client_secret: str

    async def sign_in(self, password: str = PASSWORD, *, now: datetime = START) -> accounts.Signed:
        return await accounts.sign_in(
            self.database,
            USERNAME,
            password,
            kind="cookie",
            origin=ORIGIN,
            now=now,
            settings=self.settings,
        )

    async def account(self) -> Account:
        async with self.database.transaction(sessions.SIGN_IN) as session:
            return await session.get_one(Account, self.account_id)


async def staffroom(
    database: Database,
    settings: Settings,
    *,
    ods_code: str = "A81001",
    username: str = USERNAME,
    role: StaffRole = "clinician",
) -> Staffroom:
    organization_id = uuid4()
    async with database.transaction(Actor(organization_id)) as session:
        session.add(
            Organization(
                id=organization_id, ods_code=ods_code, name="Riverside", kind="gp-practice"
            )
        )
        await session.flush()
        doctor = Practitioner(
            id=uuid4(),
            organization_id=organization_id,
            title="Dr",
            given_name="Amara",
            family_name="Okafor",
        )
        session.add(doctor)
        await session.flush()
        session.add(
            PractitionerRole(organization_id=organization_id, practitioner_id=doctor.id, role=role)
        )
        account = await accounts.create_account(session, doctor, username, PASSWORD)
        client, secret = await accounts.create_client(session, "111 booking", {"booking"})
    return Staffroom(database, settings, organization_id, doctor.id, account.id, client, secret)


@asynccontextmanager
async def over_http(settings: Settings, clock: Clock) -> AsyncIterator[httpx2.AsyncClient]:
    """The whole service, in process, with its own authentication."""
    app = requests_alone(create_app(settings))
    app.state.clock = clock
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url=BASE_URL) as client,
    ):
        yield client


def settings_of(database_url: str, data_dir: object, **changes: object) -> Settings:
    """Loopback, keys in a directory of the test's own."""
    return Settings.model_validate(
        {"DATABASE_URL": SecretStr(database_url), "data_dir": data_dir, **changes}
    )
