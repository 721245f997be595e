"""The device feed over a real port: who may feed, what is answered, and what it survives."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx2
import pytest

from app import referrals, security
from app.identity import Actor, Principal
from app.models import HealthcareService
from app.observations import feed
from app.routers import device_feed
from app.signalling.devices import FeedHello, FeedReadings
from app.signalling.messages import CloseCode, Ping, Refresh
from tests.routers.socket_service import Page, Service, running

pytestmark = [pytest.mark.anyio, pytest.mark.database]

PATH = "/api/v1/device-feed"


@pytest.fixture(scope="module")
def address(make_database: Callable[[], str]) -> str:
    return make_database()


@pytest.fixture(scope="module")
async def service(address: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    directory = tmp_path_factory.mktemp("service")
    async with running(address, directory, with_rooms=False) as started:
        yield started


def person(service: Service, role: str) -> Principal:
    return Principal(
        kind="staff",
        subject=uuid4(),
        organization_id=service.house.organization_id,
        name="Kim Reed",
        roles=frozenset({role}),  # type: ignore[arg-type]  # one of StaffRole
        practitioner_id=service.house.practitioner_id,
    )


async def monitor(service: Service, call_sign: str = "") -> feed.MonitorSecret:
    actor = Actor.of(person(service, "administrator"))
    async with service.house.database.transaction(actor) as session:
        new = feed.NewMonitor(name=f"Monitor {uuid4().hex[:6]}", call_sign=call_sign)
        return await feed.register_monitor(session, new)


async def ask(service: Service, call_sign: str) -> None:
    async with service.house.database.transaction(Actor.of(person(service, "crew"))) as session:
        line = HealthcareService(
            organization_id=service.house.organization_id,
            name=f"Advice {call_sign}",
            specialty="stroke",
            urgent=True,
            shared=True,
        )
        session.add(line)
        await session.flush()
        asked = referrals.Asked(service_id=line.id, question="Stroke?", call_sign=call_sign)
        raised_at = datetime.now(UTC) - timedelta(minutes=1)
        await referrals.raise_request(session, asked, now=raised_at)


async def token(service: Service, made: feed.MonitorSecret) -> str:
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{service.port}") as http:
        answer = await http.post(
            "/api/v1/token",
            data={"grant_type": "client_credentials"},
            auth=(made.client_id, made.secret),
        )
    return str(answer.json()["access_token"])


def reading(**more: object) -> dict[str, object]:
    return {
        "id": str(uuid4()),
        "code": "heart-rate",
        "value": 80,
        "taken_at": datetime.now(UTC).isoformat(),
        **more,
    }


async def welcomed(service: Service, page: Page, made: feed.MonitorSecret) -> dict[str, object]:
    await page.say(FeedHello(token=await token(service, made)))
    return await page.hear("welcome")


async def test_a_monitor_says_hello_and_its_readings_are_answered(service: Service) -> None:
    await ask(service, "A1")
    made = await monitor(service, "a1")

    async with service.socket(PATH) as page:
        welcome = await welcomed(service, page, made)
        await page.say(
            FeedReadings(
                seq=1, readings=[reading(), reading(code="temperature", value=98.6, unit="[degF]")]
            )
        )
        stored = await page.hear("stored")

    assert (welcome["monitor"], welcome["linked"]) == (made.monitor.name, True)
    assert (stored["seq"], stored["stored"], stored["refused"], stored["linked"]) == (
        1,
        2,
        [],
        True,
    )


async def test_a_bad_line_is_refused_alone_and_the_connection_lives(service: Service) -> None:
    await ask(service, "A2")
    made = await monitor(service, "A2")

    async with service.socket(PATH) as page:
        await welcomed(service, page, made)
        bad = [
            reading(value=999),
            reading(unit="mg/dL"),
            reading(code="mood"),
            reading(taken_at="yesterday"),
            {"value": 1},
            "text",
            None,
        ]
        await page.say(FeedReadings(seq=9, readings=[*bad, reading()]))
        stored = await page.hear("stored")
        await page.say("{")
        await page.say('{"type":"hello","token":"x"}')
        problems = [await page.hear("problem") for _ in range(2)]
        await page.say(Ping(at=3))
        pong = await page.hear("pong")

    refused: list[dict[str, str]] = stored["refused"]  # type: ignore[assignment]
    assert stored["stored"] == 1
    assert [each["problem"] for each in refused] == ["invalid"] * 2 + ["unreadable"] * 5
    assert refused[0]["detail"] == "value: Pulse must be from 0 to 300 beats a minute."
    assert len(problems) == 2
    assert pong["at"] == 3


async def test_who_has_no_patient_is_told_so(service: Service) -> None:
    made = await monitor(service)

    async with service.socket(PATH) as page:
        welcome = await welcomed(service, page, made)
        await page.say(FeedReadings(seq=1, readings=[reading()]))
        stored = await page.hear("stored")

    refused: list[dict[str, str]] = stored["refused"]  # type: ignore[assignment]
    assert (welcome["linked"], stored["linked"]) == (False, False)
    assert [each["problem"] for each in refused] == ["not-linked"]


async def test_a_revoked_monitors_socket_ends(service: Service) -> None:
    made = await monitor(service)
    async with service.socket(PATH) as page:
        await welcomed(service, page, made)
        actor = Actor.of(person(service, "administrator"))
        async with service.house.database.transaction(actor) as session:
            await feed.revoke_monitor(session, made.monitor.id, version=1, now=datetime.now(UTC))

        await page.say(FeedReadings(seq=1, readings=[reading()]))

        assert await page.closed() == CloseCode.FORBIDDEN


async def test_a_person_or_another_system_feeds_nothing(service: Service) -> None:
    issued = security.issue_access_token(service.principal, service.settings, datetime.now(UTC))
    async with service.socket(PATH) as page:
        await page.say(FeedHello(token=issued.token))

        assert await page.closed() == CloseCode.FORBIDDEN


async def test_an_events_token_does_not_open_the_feed(service: Service) -> None:
    async with service.socket(PATH) as page:
        await page.say(FeedHello(token=service.events_token()))

        assert await page.closed() == CloseCode.UNAUTHORISED


async def test_a_fresh_token_is_taken_and_nonsense_ends_it_in_the_end(service: Service) -> None:
    made = await monitor(service)
    async with service.socket(PATH) as page:
        await welcomed(service, page, made)
        await page.say(Refresh(token=await token(service, made)))

        for _ in range(device_feed.MOST_UNREADABLE + 1):
            await page.say("nonsense")

        assert await page.closed() == CloseCode.TOO_MANY_ERRORS


async def test_a_monitors_token_reads_no_record(service: Service) -> None:
    made = await monitor(service)
    bearer = {"Authorization": f"Bearer {await token(service, made)}"}

    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{service.port}") as http:
        answers = [
            (await http.get(path, headers=bearer)).status_code
            for path in (
                "/api/v1/service-requests",
                f"/api/v1/service-requests/{uuid4()}/trends",
                "/api/v1/monitors",
                "/api/v1/appointments",
            )
        ]

    assert answers == [403, 403, 403, 403]
