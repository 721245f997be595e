"""What may be asked of the addresses, and by pages of which origins (RFC 9725 §4.1, §4.2)."""

import pytest

from tests.routers.whip.live import OFFER, Live
from tests.routers.whip.service import ELSEWHERE, SDP, Streaming, Vehicle

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def test_get_finds_nothing_to_read(service: Streaming, live: Live) -> None:
    """§4.1: a 2xx without content, at the endpoint and at the session."""
    for path in ("/api/v1/whip", live.path):
        found = await service.ask_http("GET", path, live.device)

        assert (found.status_code, found.content) == (204, b"")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
async def test_other_methods_at_the_endpoint_are_not_allowed(
    service: Streaming, vehicle: Vehicle, method: str
) -> None:
    """RFC 9110 §15.5.6: 405 with Allow."""
    refused = await service.ask_http(method, "/api/v1/whip", vehicle.encoder)

    assert refused.status_code == 405
    assert refused.headers["Allow"] == "GET, OPTIONS, POST"


@pytest.mark.parametrize("method", ["PUT", "POST"])
async def test_other_methods_at_a_session_are_not_allowed(live: Live, method: str) -> None:
    """RFC 9110 §15.5.6: 405 with Allow."""
    refused = await live.service.ask_http(method, live.path, live.device)

    assert refused.status_code == 405
    assert refused.headers["Allow"] == "DELETE, GET, OPTIONS, PATCH"


async def test_options_say_what_may_be_posted(service: Streaming) -> None:
    """§4.2: Accept-Post."""
    asked = await service.ask_http("OPTIONS", "/api/v1/whip", None)

    assert asked.status_code == 200
    assert asked.headers["Accept-Post"] == "application/sdp"


async def test_options_say_what_may_be_patched(live: Live) -> None:
    """RFC 5789 §3.1: Accept-Patch."""
    asked = await live.service.ask_http("OPTIONS", live.path, None)

    assert asked.status_code == 200
    assert asked.headers["Accept-Patch"] == "application/trickle-ice-sdpfrag"


async def test_a_page_of_an_allowed_origin_may_ask(service: Streaming) -> None:
    """§4.2: CORS preflight (Fetch), without a token and without TURN credentials (§4.6)."""
    preflight = {
        "Origin": ELSEWHERE,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }

    asked = await service.ask_http("OPTIONS", "/api/v1/whip", None, headers=preflight)

    assert asked.status_code == 200
    assert asked.headers["Access-Control-Allow-Origin"] == ELSEWHERE
    assert "PATCH" in asked.headers["Access-Control-Allow-Methods"]
    assert "If-Match" in asked.headers["Access-Control-Allow-Headers"]
    assert "Link" not in asked.headers


async def test_its_script_may_read_what_it_needs(service: Streaming, vehicle: Vehicle) -> None:
    """§4.2: Location, ETag and Link are exposed; no cookie is ever let through."""
    headers = {**SDP, "Origin": ELSEWHERE, "Sec-Fetch-Site": "cross-site"}

    opened = await service.ask_http("POST", "/api/v1/whip", vehicle.encoder, OFFER, headers)

    assert opened.status_code == 201
    assert opened.headers["Access-Control-Allow-Origin"] == ELSEWHERE
    assert opened.headers["Access-Control-Expose-Headers"] == "ETag, Link, Location"
    assert "Access-Control-Allow-Credentials" not in opened.headers
    assert "Origin" in opened.headers["Vary"]


async def test_its_script_may_read_why_it_was_refused(service: Streaming) -> None:
    """§4.2 and Fetch: a refusal without the header could not be told from a lost line."""
    refused = await service.ask_http(
        "POST", "/api/v1/whip", None, OFFER, {**SDP, "Origin": ELSEWHERE}
    )

    assert refused.status_code == 401
    assert refused.headers["Access-Control-Allow-Origin"] == ELSEWHERE


async def test_a_page_of_any_other_origin_may_not(service: Streaming, vehicle: Vehicle) -> None:
    """§4.2: the service's own policy says which origins."""
    headers = {**SDP, "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}

    refused = await service.ask_http("POST", "/api/v1/whip", vehicle.encoder, OFFER, headers)

    assert refused.status_code == 403
    assert "Access-Control-Allow-Origin" not in refused.headers


async def test_nothing_else_is_open_to_other_origins(service: Streaming) -> None:
    """§4.2 is about these addresses alone."""
    asked = await service.http.get("/health/live", headers={"Origin": ELSEWHERE})

    assert "Access-Control-Allow-Origin" not in asked.headers
