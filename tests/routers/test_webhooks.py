"""Webhooks over HTTP: by administrators and systems, one change at a time, secrets told once."""

from uuid import uuid4

import httpx2
import pytest

from tests.routers.bodies import key
from tests.routers.service import ACTING

pytestmark = [pytest.mark.anyio, pytest.mark.database]
URL = "https://8.8.8.8/hook"
SYSTEM = {ACTING: "system"}


async def added(
    desk: httpx2.AsyncClient, headers: dict[str, str], **body: object
) -> httpx2.Response:
    return await desk.post(
        "/api/v1/webhooks",
        json={"url": URL, **body},
        headers={"Idempotency-Key": uuid4().hex, **headers},
    )


async def test_a_new_webhook_gives_its_secret_once(
    desk: httpx2.AsyncClient, office: dict[str, str]
) -> None:
    made = await added(desk, office, events=["appointment.*"], description="Diary")
    read = await desk.get(made.headers["Location"], headers=office)

    assert made.status_code == 201
    assert made.json()["secret"].startswith("whsec_")
    assert "secret" not in read.json()
    assert read.json()["events"] == ["appointment.*"]
    assert read.headers["ETag"] == '"1"'


async def test_a_repeat_adds_nothing_and_tells_the_same_secret(
    desk: httpx2.AsyncClient, office: dict[str, str]
) -> None:
    key = {"Idempotency-Key": uuid4().hex}

    first = await added(desk, office | key)
    second = await added(desk, office | key)

    assert first.content == second.content
    listed = await desk.get("/api/v1/webhooks", headers=office)
    assert len(listed.json()["items"]) == 1


@pytest.mark.parametrize(
    ("who", "status"), [("system", 200), ("office", 200), ("desk", 403), ("visitor", 403)]
)
async def test_webhooks_are_for_administrators_and_systems_that_book(
    desk: httpx2.AsyncClient, who: str, status: int
) -> None:
    listed = await desk.get("/api/v1/webhooks", headers={ACTING: who})

    assert listed.status_code == status


@pytest.mark.parametrize("url", ["https://169.254.169.254/", "http://8.8.8.8/", "https://[::1]/"])
async def test_an_address_inside_is_a_422_that_names_it(desk: httpx2.AsyncClient, url: str) -> None:
    refused = await added(desk, SYSTEM, url=url)

    assert refused.status_code == 422
    assert [error["field"] for error in refused.json()["errors"]] == ["url"]


async def test_events_of_consultations_cannot_be_asked_for(desk: httpx2.AsyncClient) -> None:
    refused = await added(desk, SYSTEM, events=["encounter.waiting"])

    assert refused.status_code == 422


async def test_a_change_needs_the_etag(desk: httpx2.AsyncClient) -> None:
    place = (await added(desk, SYSTEM)).headers["Location"]
    body = {"url": URL, "description": "Changed"}

    without = await desk.put(place, json=body, headers=SYSTEM)
    stale = await desk.put(place, json=body, headers={**SYSTEM, "If-Match": '"7"'})
    right = await desk.put(place, json=body, headers={**SYSTEM, "If-Match": '"1"'})

    assert (without.status_code, stale.status_code, right.status_code) == (428, 412, 200)
    assert right.headers["ETag"] == '"2"'
    assert right.json()["description"] == "Changed"


async def test_it_is_switched_off_given_a_new_secret_and_removed(desk: httpx2.AsyncClient) -> None:
    made = await added(desk, SYSTEM)
    place = made.headers["Location"]

    off = await desk.put(
        f"{place}/active", json={"active": False}, headers={**SYSTEM, "If-Match": '"1"'}
    )
    fresh = await desk.post(f"{place}/secret", headers=key() | {**SYSTEM, "If-Match": '"2"'})
    removed = await desk.delete(place, headers={**SYSTEM, "If-Match": '"3"'})

    assert off.json()["disabled_reason"] == "Switched off here."
    assert fresh.json()["secret"] != made.json()["secret"]
    assert removed.status_code == 204
    assert (await desk.get(place, headers=SYSTEM)).status_code == 404


async def test_a_test_is_queued_and_its_delivery_listed(desk: httpx2.AsyncClient) -> None:
    place = (await added(desk, SYSTEM)).headers["Location"]

    queued = await desk.post(f"{place}/test", headers=key() | SYSTEM)
    listed = await desk.get(f"{place}/deliveries?status=queued", headers=SYSTEM)
    replayed = await desk.post(f"{place}/replay", json={}, headers=key() | SYSTEM)

    assert queued.status_code == 202
    assert [row["id"] for row in listed.json()["items"]] == [queued.json()["id"]]
    assert (replayed.status_code, replayed.json()) == (202, {"queued": 0})
