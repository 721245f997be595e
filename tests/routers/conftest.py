"""A clinic, and the service over HTTP as its scheduler and as its administrator."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import httpx2
import pytest
from fastapi import FastAPI

from app.database import Database
from tests.clinic import Clinic, open_clinic, scheduler
from tests.routers.service import ACTING, People, client, service


@pytest.fixture(scope="module")
def clinic_url(make_database: Callable[[], str]) -> str:
    """One database for a module's clinics: they do not see each other."""
    return make_database()


@pytest.fixture
async def clinic(clinic_url: str) -> AsyncIterator[Clinic]:
    database = Database(clinic_url)
    yield await open_clinic(database)
    await database.close()


@pytest.fixture
def clinic_app(clinic: Clinic, clinic_url: str) -> FastAPI:
    """Knows a scheduler (`desk`), an administrator (`office`), and a patient."""
    person = scheduler(clinic.organization_id)
    people = People(
        desk=clinic.scheduler,
        office=replace(person, roles=frozenset({"administrator"})),
        patient=replace(person, kind="patient", roles=frozenset()),
        system=replace(person, kind="system", roles=frozenset(), scopes=frozenset({"booking"})),
        visitor=replace(person, kind="system", roles=frozenset(), scopes=frozenset()),
    )
    return service(clinic_url, people)


@pytest.fixture
async def desk(clinic_app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    async with client(clinic_app, "desk") as opened:
        yield opened


@pytest.fixture
def office() -> dict[str, str]:
    """The header that makes a request the administrator's."""
    return {ACTING: "office"}
