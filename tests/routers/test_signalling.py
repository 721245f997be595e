"""The consultation's socket over a real port."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from websockets.exceptions import InvalidStatus

from app.identity import Actor
from app.models import Encounter
from app.security import SOCKET_TOKEN_LIFETIME
from app.signalling.messages import (
    MAX_HELLO_BYTES,
    MAX_MESSAGE_BYTES,
    Chat,
    CloseCode,
    Hello,
    Join,
    Leave,
    Ping,
    Position,
    Refresh,
)
from tests.routers.socket_service import Page, Service, running

# Tokens count whole seconds; a busy machine needs the rest.
LAST_MOMENTS = timedelta(seconds=3)

pytestmark = [pytest.mark.anyio, pytest.mark.database]


@pytest.fixture(scope="module")
def address(make_database: Callable[[], str]) -> str:
    return make_database()


@pytest.fixture(scope="module")
async def shared(address: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    directory = tmp_path_factory.mktemp("service")
    async with running(address, directory) as service:
        yield service


@pytest.fixture
async def service(shared: Service) -> Service:
    return await shared.with_another_encounter()


async def join(service: Service, page: Page) -> dict[str, object]:
    await page.say(Hello(token=service.token()))
    welcome = await page.hear("welcome")
    await page.say(Join())
    await page.hear("participant_joined")
    return welcome


async def test_a_clinician_joins_and_writes(service: Service) -> None:
    async with service.socket(service.path) as page:
        welcome = await join(service, page)
        await page.say(Chat(id=uuid4(), text="Hello"))

        chat = await page.hear("chat")

    assert welcome["state"] == "admitted"
    assert chat["line"]["name"] == "Dr Amara Okafor"  # type: ignore[index]


async def test_a_page_that_comes_back_resumes(service: Service) -> None:
    async with service.socket(service.path) as page:
        await join(service, page)
        await page.say(Chat(id=uuid4(), text="Hello"))
        chat = await page.hear("chat")

    position = Position(epoch=str(chat["epoch"]), seq=int(str(chat["seq"])))
    async with service.socket(service.path) as page:
        await page.say(Hello(token=service.token(), resume=position))

        assert (await page.hear("welcome"))["resumed"] is True


async def test_who_leaves_is_told_not_to_come_back(service: Service) -> None:
    async with service.socket(service.path) as page:
        await join(service, page)

        await page.say(Leave())

        assert await page.closed() == CloseCode.LEFT


async def test_a_fresh_token_keeps_the_socket_open(service: Service) -> None:
    async with service.socket(service.path) as page:
        await page.say(Hello(token=service.token(age=SOCKET_TOKEN_LIFETIME - LAST_MOMENTS)))
        await page.hear("welcome")

        await page.say(Refresh(token=service.token()))
        await asyncio.sleep(LAST_MOMENTS.total_seconds())
        await page.say(Ping(at=1))

        await page.hear("pong")


async def test_a_token_that_runs_out_closes_the_socket(service: Service) -> None:
    async with service.socket(service.path) as page:
        await page.say(Hello(token=service.token(age=SOCKET_TOKEN_LIFETIME - LAST_MOMENTS)))

        assert await page.closed() == CloseCode.TOKEN_EXPIRED


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", CloseCode.BAD_HELLO),
        ('{"type":"join"}', CloseCode.BAD_HELLO),
        ('{"type":"hello","token":"nonsense"}', CloseCode.UNAUTHORISED),
        ('{"type":"hello","token":"' + "x" * MAX_HELLO_BYTES + '"}', CloseCode.TOO_LARGE),
        (b"\x00", 1003),
    ],
    ids=["not JSON", "another message", "a forged token", "too long", "binary"],
)
async def test_a_bad_hello_closes_with_its_code(
    service: Service, text: str | bytes, code: int
) -> None:
    async with service.socket(service.path) as page:
        await page.say(text)

        assert await page.closed() == code


async def test_a_token_opens_only_its_own_socket(service: Service) -> None:
    for token in (service.token(encounter_id=uuid4()), service.events_token()):
        async with service.socket(service.path) as page:
            await page.say(Hello(token=token))

            assert await page.closed() == CloseCode.UNAUTHORISED


async def test_someone_elses_token_is_no_refresh(service: Service) -> None:
    async with service.socket(service.path) as page:
        await join(service, page)

        await page.say(Refresh(token=service.events_token()))

        assert await page.closed() == CloseCode.UNAUTHORISED


async def test_a_message_that_is_too_large_closes_the_socket(service: Service) -> None:
    async with service.socket(service.path) as page:
        await join(service, page)

        await page.say("x" * (MAX_MESSAGE_BYTES + 1))

        assert await page.closed() == CloseCode.TOO_LARGE


async def test_a_consultation_that_is_over_cannot_be_joined(service: Service) -> None:
    async with service.house.database.transaction(Actor(service.house.organization_id)) as session:
        encounter = await session.get_one(Encounter, service.encounter_id)
        encounter.status = "finished"
    async with service.socket(service.path) as page:
        await page.say(Hello(token=service.token()))

        assert await page.closed() == CloseCode.ENDED


async def test_another_site_cannot_open_the_socket(service: Service) -> None:
    with pytest.raises(InvalidStatus) as refusal:
        async with service.socket(service.path, origin="https://elsewhere.example"):
            pass

    assert refusal.value.response.status_code == 403


async def test_our_own_pages_can_open_the_socket(service: Service) -> None:
    origin = f"http://127.0.0.1:{service.port}"
    async with service.socket(service.path, origin=origin) as page:
        await join(service, page)


async def test_without_a_room_server_the_page_is_told_to_come_back(
    database_url: str, tmp_path: Path
) -> None:
    async with (
        running(database_url, tmp_path, with_rooms=False) as service,
        service.socket(service.path) as page,
    ):
        await page.say(Hello(token=service.token()))

        assert await page.closed() == CloseCode.ROOM_SERVER_LOST
