"""Whose token opens what, and how often (RFC 9725 §4.7 and §5)."""

import re

import pytest
from sqlalchemy import select

from app.models import ApiClient
from tests.routers.whip.live import CANDIDATES, OFFER, WATCHING, Live
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
