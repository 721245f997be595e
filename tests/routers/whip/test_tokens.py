"""Whose token opens what, and how often (RFC 9725 §4.7 and §5)."""

import re

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from app.models import ApiClient
from app.routers.limits import DEVICE_FAILURES, Limits
from tests.routers.whip.live import CANDIDATES, FINGERPRINT, OFFER, WATCHING, Live
from tests.routers.whip.service import FRAGMENT, SDP, Streaming, Vehicle

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def test_addresses_cannot_be_guessed_and_name_nobody(live: Live, vehicle: Vehicle) -> None:
    """§5: too much randomness to guess (RFC 4086)."""
    secret = live.path.rpartition("/")[2]

    assert re.fullmatch(r"[A-Za-z0-9_-]{32}", secret)  # 192 bits in base64
    assert vehicle.call_sign not in live.path
    assert str(vehicle.encoder.device.id) not in live.path


async def test_no_token_is_no_entry(service: Streaming, live: Live) -> None:
    """§4.7.1 and RFC 6750 §3: 401 with WWW-Authenticate, at the endpoint and at a session."""
    for method, path in (("POST", "/api/v1/whip"), ("PATCH", live.path), ("DELETE", live.path)):
        refused = await service.ask_http(method, path, None, OFFER, SDP)

        assert refused.status_code == 401
        assert refused.headers["WWW-Authenticate"] == "Bearer"
    assert await live.lives()


@pytest.mark.parametrize("token", ["nonsense", "a.b", "", "Ж.x"])
async def test_a_token_of_nobody_is_no_entry(service: Streaming, token: str) -> None:
    """RFC 6750 §3.1: invalid_token."""
    named = [(name.encode(), value.encode()) for name, value in SDP.items()]
    headers = [*named, (b"Authorization", f"Bearer {token}".encode())]

    refused = await service.http.post("/api/v1/whip", content=OFFER, headers=headers)

    assert refused.status_code == 401
    assert "invalid_token" in refused.headers["WWW-Authenticate"]


async def test_a_screens_token_does_not_publish_nor_an_encoders_watch(
    service: Streaming, vehicle: Vehicle
) -> None:
    """RFC 6750 §3.1: insufficient_scope is 403."""
    publishes = await service.ask_http("POST", "/api/v1/whip", vehicle.screen, OFFER, SDP)
    watches = await service.ask_http("POST", "/api/v1/whep", vehicle.encoder, WATCHING, SDP)

    assert (publishes.status_code, watches.status_code) == (403, 403)


async def test_a_session_is_nobodys_but_its_devices(service: Streaming, live: Live) -> None:
    """§5: who has the address and another token finds nothing."""
    other = await service.vehicle()

    for method in ("PATCH", "DELETE"):
        headers = {**FRAGMENT, "If-Match": live.etag}
        refused = await service.ask_http(method, live.path, other.encoder, CANDIDATES, headers)

        assert refused.status_code == 404
    assert await live.lives()


async def test_only_a_digest_of_the_token_is_kept(service: Streaming, vehicle: Vehicle) -> None:
    """§4.7.1 leaves open how a shared secret is kept: what is stored here opens nothing."""
    client_id, _, secret = vehicle.encoder.token.partition(".")
    async with service.region.acting(service.region.crew) as session:
        kept = await session.scalar(select(ApiClient).where(ApiClient.client_id == client_id))

    assert kept
    assert len(kept.secret_digest) == 32
    assert secret.encode() not in kept.secret_digest


async def test_offers_without_end_are_slowed_down(service: Streaming, vehicle: Vehicle) -> None:
    """§5: POSTs are limited, with Retry-After; what is live goes on."""
    live = Live(service, vehicle.encoder, await service.publish(vehicle, OFFER))
    for _ in range(12):
        answer = await service.publish(vehicle, OFFER)
        if answer.status_code == 201:
            live = Live(service, vehicle.encoder, answer)

    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "1"
    assert await live.lives()


async def test_a_token_stands_in_its_header_alone(service: Streaming, vehicle: Vehicle) -> None:
    """RFC 6750 §2.2 and §2.3 are no ways in: addresses are kept in logs and histories."""
    token = vehicle.encoder.token
    path = f"/api/v1/whip?access_token={token}"

    refused = await service.ask_http(
        "POST", path, None, OFFER, {**SDP, "Cookie": f"session={token}"}
    )

    assert refused.status_code == 401


async def test_neither_token_nor_session_nor_offer_is_logged(
    service: Streaming, vehicle: Vehicle
) -> None:
    """§5: what a log holds must open nothing, and name no vehicle."""
    with capture_logs() as logs:
        live = Live(service, vehicle.encoder, await service.publish(vehicle, OFFER))
        await live.patch(CANDIDATES, '"stale"')
        await live.delete()
        await service.ask_http("POST", "/api/v1/whip", vehicle.encoder, "hello", SDP)

    assert [line["status"] for line in logs if line["event"] == "request"] == [201, 412, 200, 400]
    secrets = (vehicle.encoder.token.partition(".")[2], live.path.rpartition("/")[2])
    for secret in (*secrets, vehicle.call_sign, FINGERPRINT, "192.0.2.7"):
        assert secret not in repr(logs)


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_tokens_are_not_tried_without_end(
    service: Streaming, vehicle: Vehicle, method: str
) -> None:
    """§5, avalanche control: beyond the limit not even a good one is looked at; sign-in goes on."""
    usual, service.app.state.limits = service.app.state.limits, Limits()
    try:
        for _ in range(DEVICE_FAILURES.amount):
            guessed = await service.ask_http(method, "/api/v1/whip", None, OFFER, SDP)
        stopped = await service.publish(vehicle, OFFER)
        preflight = await service.ask_http("OPTIONS", "/api/v1/whip", None)
        signing_in = await service.http.post("/api/v1/sign-in", json={})
    finally:
        service.app.state.limits = usual

    assert (guessed.status_code, stopped.status_code, preflight.status_code) == (401, 429, 200)
    assert 1 <= int(stopped.headers["Retry-After"]) <= 60
    assert signing_in.status_code == 422
