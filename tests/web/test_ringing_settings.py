"""How one is rung: a number and when, devices taken away; nothing of push where it is off."""

from collections.abc import AsyncIterator
from ipaddress import ip_network

import httpx2
import pytest
from fastapi import FastAPI

from app.notifications import rings
from tests.notifications.rings.pushservice import Chrome
from tests.notifications.rings.ward import PUSH, SEALING
from tests.referrals.world import NOON, Region
from tests.routers.service import ACTING, People, client, service

pytestmark = [pytest.mark.anyio, pytest.mark.database]
SHAH = {ACTING: "shah", "Sec-Fetch-Site": "same-origin"}
PATH = "/on-call/ringing"


@pytest.fixture
def app(region: Region, database_url: str) -> FastAPI:
    made = service(database_url, People(crew=region.crew, shah=region.shah), now=NOON)
    made.state.settings = made.state.settings.model_copy(
        update={"demo": True, "outbound_allow": (ip_network("127.0.0.0/8"),)}
    )
    return made


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    async with client(app, "shah") as opened:
        yield opened


async def test_a_number_is_kept(http: httpx2.AsyncClient) -> None:
    form = {"mobile": "07700 900123", "text_when": "always", "version": "0"}

    saved = await http.post(PATH, headers=SHAH, data=form)
    page = await http.get(saved.headers["location"], headers=SHAH)
    on_call = await http.get("/on-call", headers=SHAH)

    assert 'value="07700 900123"' in page.text
    assert "07700 900123 is texted every time." in on_call.text


@pytest.mark.parametrize(
    ("form", "status", "words"),
    [
        ({"mobile": "12", "text_when": "never"}, 422, "Enter a mobile number, like"),
        ({"mobile": "", "text_when": "always"}, 422, "Enter a mobile number, like"),
        ({"mobile": "", "text_when": "never", "version": "4"}, 412, "on another device"),
    ],
)
async def test_what_cannot_be_is_said_beside_the_field(
    http: httpx2.AsyncClient, form: dict[str, str], status: int, words: str
) -> None:
    answer = await http.post(PATH, headers=SHAH, data={"version": "0", **form})

    assert answer.status_code == status
    assert words in answer.text


async def test_where_push_is_off_the_pages_say_nothing_of_it(http: httpx2.AsyncClient) -> None:
    for path in (PATH, "/on-call"):
        assert "data-push-key" not in (await http.get(path, headers=SHAH)).text


async def test_a_device_is_listed_and_taken_away(app: FastAPI, region: Region) -> None:
    app.state.open_push = lambda _: PUSH
    device = Chrome("https://web.push.example/1").subscription
    async with region.acting(region.shah) as session:
        added, _ = await rings.add_device(session, device, PUSH, SEALING, now=NOON)

    async with client(app, "shah") as http:
        before = (await http.get(PATH, headers=SHAH)).text
        await http.post(f"{PATH}/devices/{added.id}/remove", headers=SHAH)
        after = (await http.get(PATH, headers=SHAH)).text

    assert f'data-push-key="{PUSH.public_key}"' in before
    assert "Chrome on Android" in before
    assert "No device does so far." in after
