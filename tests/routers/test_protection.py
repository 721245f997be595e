"""Headers on every response; bounds on every request."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from app.main import create_app
from app.routers.limits import FAILURES
from app.routers.protection import MAX_BODY_BYTES
from tests.accounts.staffroom import BASE_URL, settings_of

pytestmark = [pytest.mark.anyio, pytest.mark.database]
NOBODY = {"username": "nobody", "password": "whatever it is"}


def service(database_url: str, tmp_path: Path, **changes: object) -> FastAPI:
    app = create_app(settings_of(database_url, tmp_path, **changes))

    @app.post("/test/echo")
    async def echo(body: dict[str, str]) -> dict[str, int]:
        return {"members": len(body)}

    return app


def client_of(app: FastAPI, peer: str = "192.0.2.1") -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False, client=(peer, 1))
    return httpx2.AsyncClient(transport=transport, base_url=BASE_URL)


@pytest.fixture
async def client(database_url: str, tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    app = service(database_url, tmp_path)
    async with app.router.lifespan_context(app), client_of(app) as opened:
        yield opened


@pytest.mark.parametrize("path", ["/health/live", "/nowhere", "/static/site.css", "/api/v1/me"])
async def test_every_response_tells_browsers_to_be_strict(
    client: httpx2.AsyncClient, path: str
) -> None:
    headers = (await client.get(path)).headers

    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "connect-src 'self' ws://127.0.0.1:8000 wss://127.0.0.1:8000;" in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "camera=(self)" in headers["permissions-policy"]
    assert "strict-transport-security" not in headers


async def _shared_with(client: httpx2.AsyncClient, origin: str, path: str) -> str | None:
    answer = await client.get(path, headers={"Origin": origin})
    return answer.headers.get("access-control-allow-origin")


async def test_allowed_sites_may_import_the_call_client(database_url: str, tmp_path: Path) -> None:
    """As docs/embedding.md has them do; nothing else is theirs to read."""
    app = service(database_url, tmp_path, allowed_origins=("https://portal.example",))
    portal, stranger = "https://portal.example", "https://elsewhere.example"

    async with app.router.lifespan_context(app), client_of(app) as opened:
        for module in ("/static/call/consultation.js", "/static/clock.js"):
            assert await _shared_with(opened, portal, module) == portal
            assert await _shared_with(opened, stranger, module) is None
        assert await _shared_with(opened, portal, "/sign-in") is None
        answer = await opened.get("/static/clock.js")

    assert answer.headers["vary"] == "Origin"


async def test_a_host_that_is_no_name_stays_out_of_the_policy(client: httpx2.AsyncClient) -> None:
    response = await client.get("/health/live", headers={"Host": "a; script-src *"})

    assert "connect-src 'self';" in response.headers["content-security-policy"]


async def test_pages_are_not_kept_and_files_are(client: httpx2.AsyncClient) -> None:
    page, file = await client.get("/api/v1/me"), await client.get("/static/site.css")

    assert page.headers["cache-control"] == "no-store"
    assert file.headers["cache-control"] == "no-cache"


async def test_https_is_kept_for_a_year(database_url: str, tmp_path: Path) -> None:
    app = service(database_url, tmp_path, public_url="https://consult.example")
    async with app.router.lifespan_context(app), client_of(app) as client:
        response = await client.get("/health/live")

    assert response.headers["strict-transport-security"] == "max-age=31536000"


async def test_a_body_over_a_mebibyte_is_refused(client: httpx2.AsyncClient) -> None:
    fits = await client.post("/test/echo", json={"a": "x" * (MAX_BODY_BYTES - 100)})
    over = await client.post("/test/echo", json={"a": "x" * MAX_BODY_BYTES})

    assert (fits.status_code, over.status_code) == (200, 422)
    assert over.json()["errors"][0]["field"] == "body"
    assert over.headers["content-type"] == "application/problem+json"


async def test_a_body_of_untold_length_is_counted(client: httpx2.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 65_536

    response = await client.post(
        "/test/echo", content=endless(), headers={"Content-Type": "application/json"}
    )

    assert response.status_code == 422


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": BASE_URL}, 200),
        ({}, 200),
    ],
)
async def test_pages_elsewhere_cannot_send_us_anything(
    client: httpx2.AsyncClient, headers: dict[str, str], status: int
) -> None:
    response = await client.post("/test/echo", json={}, headers=headers)

    assert response.status_code == status


async def test_guessing_passwords_is_stopped_with_a_time_to_come_back(
    client: httpx2.AsyncClient,
) -> None:
    limits = client._transport.app.state.limits  # type: ignore[attr-defined]
    for _ in range(FAILURES.amount - 1):
        limits.count_outcome("192.0.2.1", "POST", "/api/v1/sign-in", 401)

    last, stopped = [await client.post("/api/v1/sign-in", json=NOBODY) for _ in range(2)]

    assert (last.status_code, stopped.status_code) == (401, 429)
    assert 1 <= int(stopped.headers["retry-after"]) <= 1800
    assert stopped.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("peer", "forwarded", "counted"),
    [
        ("10.0.0.9", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.9", "203.0.113.1, 198.51.100.7", "198.51.100.7"),
        ("10.0.0.9", "198.51.100.7, 10.0.0.8", "198.51.100.7"),
        ("10.0.0.9", "rubbish", "-"),
        ("192.0.2.1", "198.51.100.7", "192.0.2.1"),
    ],
)
async def test_a_forwarded_address_is_believed_from_our_proxies_only(
    database_url: str, tmp_path: Path, peer: str, forwarded: str, counted: str
) -> None:
    app = service(database_url, tmp_path, trusted_proxies=("10.0.0.8", "10.0.0.9"))
    for _ in range(FAILURES.amount):
        app.state.limits.count_outcome(counted, "POST", "/api/v1/sign-in", 401)
    async with app.router.lifespan_context(app), client_of(app, peer) as client:
        response = await client.post(
            "/api/v1/sign-in", json=NOBODY, headers={"X-Forwarded-For": forwarded}
        )

    assert response.status_code == 429
