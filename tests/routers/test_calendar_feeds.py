"""Private feeds over HTTP: by their address alone, and never named in a log."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx2
import pytest
import structlog
from fastapi import FastAPI
from limits import parse

from app.routers import limits
from tests.clinic import Clinic
from tests.routers.bodies import key
from tests.routers.service import ACTING, People, client, service

pytestmark = [pytest.mark.anyio, pytest.mark.database]


@pytest.fixture
def app(clinic: Clinic, clinic_url: str) -> FastAPI:
    doctor = replace(
        clinic.scheduler, roles=frozenset({"clinician"}), practitioner_id=clinic.doctor_id
    )
    colleague = replace(doctor, practitioner_id=clinic.second_doctor_id)
    return service(clinic_url, People(doctor=doctor, colleague=colleague))


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    async with client(app, "doctor") as opened:
        yield opened


def own(clinic: Clinic) -> str:
    return f"/api/v1/practitioners/{clinic.doctor_id}/calendar-feed"


async def address(http: httpx2.AsyncClient, clinic: Clinic) -> str:
    made = await http.post(own(clinic), headers=key())
    assert made.status_code == 201
    found: str = made.json()["url"]
    return found[found.index("/calendar/") :]


async def test_a_feed_is_read_by_its_address_alone(
    http: httpx2.AsyncClient, clinic: Clinic
) -> None:
    before = (await http.get(own(clinic))).json()
    path = await address(http, clinic)

    feed = await http.get(path, headers={ACTING: "nobody"})

    after = (await http.get(own(clinic))).json()
    assert feed.status_code == 200
    assert feed.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert feed.headers["Cache-Control"] == "private, no-cache"
    assert feed.text.startswith("BEGIN:VCALENDAR\r\n")
    assert (before["active"], after["active"]) == (False, True)
    assert after["last_read_at"]


async def test_a_calendar_that_has_it_already_is_not_sent_it_again(
    http: httpx2.AsyncClient, clinic: Clinic
) -> None:
    path = await address(http, clinic)
    first = await http.get(path)
    etag, modified = first.headers["ETag"], first.headers["Last-Modified"]

    answers = [
        (await http.get(path, headers=headers)).status_code
        for headers in (
            {"If-None-Match": etag},
            {"If-None-Match": f'"other", W/{etag}'},
            {"If-Modified-Since": modified},
            {"If-None-Match": '"other"', "If-Modified-Since": modified},
            {"If-Modified-Since": "Thu, 01 Jan 2026 00:00:00 GMT"},
            {"If-Modified-Since": "yesterday"},
        )
    ]

    assert answers == [304, 304, 304, 200, 200, 200]


async def test_an_ended_feed_is_not_found(http: httpx2.AsyncClient, clinic: Clinic) -> None:
    path = await address(http, clinic)

    ended = await http.delete(own(clinic))

    assert ended.status_code == 204
    assert (await http.get(path)).status_code == 404
    assert (await http.delete(own(clinic))).status_code == 404


async def test_nobody_makes_a_colleagues_feed(http: httpx2.AsyncClient, clinic: Clinic) -> None:
    refused = await http.post(own(clinic), headers=key() | {ACTING: "colleague"})

    assert refused.status_code == 403


async def test_guessing_is_slowed_down_and_sign_in_goes_on(
    http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "FEED_FAILURES", parse("5/30minutes"))

    answers = [(await http.get(f"/calendar/{number:052}.ics")).status_code for number in range(6)]
    join = await http.post("/api/v1/join", json={"secret": "unknown"})

    assert answers == [404] * 5 + [429]
    assert join.status_code == 410


async def test_the_address_is_in_no_log_and_no_answer(
    http: httpx2.AsyncClient, clinic: Clinic
) -> None:
    path = await address(http, clinic)
    secret = path.removeprefix("/calendar/").removesuffix(".ics")

    with structlog.testing.capture_logs() as logged:
        await http.get(path)
        missing = await http.get(path.replace(secret, secret[::-1]))

    assert "/calendar/{secret}.ics" in str(logged)
    assert secret not in str(logged)
    assert secret[::-1] not in str(logged) + missing.text
