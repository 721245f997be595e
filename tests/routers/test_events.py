"""The live stream over a real port."""

from collections.abc import AsyncIterator, Callable

import pytest

from app.routers.events import FRAMES_BURST
from app.signalling.live import LiveHello
from app.signalling.messages import CloseCode, Ping, Refresh
from tests.routers.socket_service import Page, Service, running

pytestmark = [pytest.mark.anyio, pytest.mark.database]

PATH = "/api/v1/events"


@pytest.fixture(scope="module")
def address(make_database: Callable[[], str]) -> str:
    return make_database()


@pytest.fixture(scope="module")
async def shared(address: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    directory = tmp_path_factory.mktemp("service")
    async with running(address, directory, with_rooms=False) as service:
        yield service


@pytest.fixture
async def service(shared: Service) -> Service:
    return await shared.with_another_encounter()


async def welcomed(service: Service, page: Page, resume: str | None = None) -> dict[str, object]:
    await page.say(LiveHello(token=service.events_token(), resume=resume))
    return await page.hear("welcome")


async def test_what_concerns_someone_reaches_their_page(service: Service) -> None:
    async with service.socket(PATH) as page:
        welcome = await welcomed(service, page)

        await service.happen("encounter.waiting")

        event = await page.hear("event")
    assert welcome["resumed"] is False
    assert event["event"] == "encounter.waiting"


async def test_a_page_that_comes_back_hears_what_it_missed(service: Service) -> None:
    async with service.socket(PATH) as page:
        await welcomed(service, page)
        await service.happen("first")
        position = str((await page.hear("event"))["position"])
    await service.happen("missed")

    async with service.socket(PATH) as other:  # once it has heard, the feed has read it
        await welcomed(service, other)
        await service.happen("marker")
        while (await other.hear("event"))["event"] != "marker":
            pass
    async with service.socket(PATH) as page:
        welcome = await welcomed(service, page, resume=position)
        heard = [(await page.hear("event"))["event"] for _ in range(2)]

    assert welcome["resumed"] is True
    assert heard == ["missed", "marker"]


@pytest.mark.parametrize("resume", ["0.99999999999999999999", "999999999999.1"])
async def test_a_position_that_is_not_known_is_not_resumed(service: Service, resume: str) -> None:
    async with service.socket(PATH) as page:
        welcome = await welcomed(service, page, resume=resume)

    assert welcome["resumed"] is False


async def test_a_ping_is_answered_and_a_fresh_token_taken(service: Service) -> None:
    async with service.socket(PATH) as page:
        await welcomed(service, page)

        await page.say(Refresh(token=service.events_token()))
        await page.say(Ping(at=7))

        assert (await page.hear("pong"))["at"] == 7


@pytest.mark.parametrize("text", ["{", '{"type":"join"}', '{"type":"ping","at":-1}'])
async def test_other_messages_close_the_stream(service: Service, text: str) -> None:
    async with service.socket(PATH) as page:
        await welcomed(service, page)

        await page.say(text)

        assert await page.closed() == CloseCode.BAD_HELLO


async def test_a_flood_closes_the_stream(service: Service) -> None:
    async with service.socket(PATH) as page:
        await welcomed(service, page)

        for number in range(FRAMES_BURST + 5):
            await page.say(Ping(at=number))

        assert await page.closed() == CloseCode.TOO_MANY_ERRORS


async def test_a_consultations_token_does_not_open_the_stream(service: Service) -> None:
    async with service.socket(PATH) as page:
        await page.say(LiveHello(token=service.token()))

        assert await page.closed() == CloseCode.UNAUTHORISED
