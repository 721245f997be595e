"""A patient is told of a group call, chooses a name and agrees, before anything else of it."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from pydantic import SecretStr

from app.config import Settings
from app.database import Database
from app.identity import Principal
from app.main import create_app
from tests.encounters.world import NOON, Planned, Practice, group_session, planned, practice
from tests.routers.service import requests_alone

pytestmark = [pytest.mark.anyio, pytest.mark.database]


@pytest.fixture
async def house(database: Database) -> Practice:
    return await practice(database)


@pytest.fixture
async def visit(house: Practice) -> Planned:
    return await planned(house, group_session_id=await group_session(house))


@pytest.fixture
async def patient(database_url: str, visit: Planned) -> AsyncIterator[httpx2.AsyncClient]:
    app = requests_alone(create_app(Settings(DATABASE_URL=SecretStr(database_url))))

    async def known(_: object) -> Principal:
        return visit.patient_principal

    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app), base_url="http://localhost"
        ) as client,
    ):
        app.state.caller = known
        app.state.clock = lambda: NOON
        client.headers |= {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
        yield client


async def token(patient: httpx2.AsyncClient, visit: Planned) -> httpx2.Response:
    return await patient.post(f"/api/v1/encounters/{visit.encounter_id}/signalling-token")


async def test_the_appointment_says_that_it_is_a_group(patient: httpx2.AsyncClient) -> None:
    page = (await patient.get("/visit")).text

    assert "This is a group call." in page
    assert "Up to 8 patients take part together." in page


@pytest.mark.parametrize("page", ["ready", "call"])
async def test_nothing_of_the_call_opens_before_they_agreed(
    patient: httpx2.AsyncClient, visit: Planned, page: str
) -> None:
    answer = await patient.get(f"/visit/{page}")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/visit/group")
    assert (await token(patient, visit)).status_code == 403


async def test_the_page_tells_what_a_group_call_is(patient: httpx2.AsyncClient) -> None:
    page = (await patient.get("/visit/group")).text

    assert "Up to 8 patients take part together, with Dr Amara Okafor" in page
    assert "The others will see and hear you" in page
    assert 'value="Joan"' in page
    assert "Ashworth" not in page


async def test_who_agrees_goes_on_and_may_join(patient: httpx2.AsyncClient, visit: Planned) -> None:
    answer = await patient.post("/visit/group", data={"name": " JJ ", "agrees": "yes"})

    assert (answer.status_code, answer.headers["Location"]) == (303, "/visit/ready")
    assert (await patient.get("/visit/ready")).status_code == 200
    assert (await token(patient, visit)).status_code == 200
    assert "They know you as JJ." in (await patient.get("/visit")).text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": "Joan"}, "Tick the box if you agree"),
        ({"name": "", "agrees": "yes"}, "Enter the name the others see"),
        ({"name": "J" * 41, "agrees": "yes"}, "Enter the name the others see"),
    ],
)
async def test_what_is_missing_is_said_and_nothing_is_kept(
    patient: httpx2.AsyncClient, visit: Planned, typed: dict[str, str], said: str
) -> None:
    answer = await patient.post("/visit/group", data=typed)

    assert answer.status_code == 422
    assert answer.text.count(said) == 2
    assert (await token(patient, visit)).status_code == 403
