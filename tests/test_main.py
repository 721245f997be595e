"""The composition root: one handler turns every failure into a problem document."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Literal

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import BaseModel, SecretStr
from sqlalchemy import text

from app.config import Settings
from app.errors import ResourceNotFound, SlotNotFree, TooManyRequests
from app.main import configure_logs, create_app, end_all
from app.routers.dependencies import Db

pytestmark = [pytest.mark.anyio, pytest.mark.database]


class Body(BaseModel):
    count: int
    pair: tuple[int, int] = (0, 0)


def with_failing_routes(app: FastAPI) -> FastAPI:
    @app.get("/test/{kind}")
    async def fail(kind: str, db: Db) -> None:
        if kind == "missing":
            raise ResourceNotFound("Patient", "1")
        if kind == "taken":
            raise SlotNotFree
        if kind == "throttled":
            raise TooManyRequests(7)
        if kind == "database":
            async with db.transaction() as session:
                await session.execute(text("SELECT 1/0 WHERE 'secret' = :name"), {"name": "secret"})
        raise RuntimeError("internal detail")

    @app.post("/test")
    async def receive(body: Body) -> Body:
        return body

    return app


@pytest.fixture
async def client(database_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    app = with_failing_routes(create_app(Settings(DATABASE_URL=SecretStr(database_url))))
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client,
    ):
        yield client


@pytest.mark.parametrize(
    ("kind", "status", "slug"),
    [
        ("missing", 404, "not-found"),
        ("taken", 409, "slot-not-free"),
        ("throttled", 429, "too-many-requests"),
        ("database", 503, "unavailable"),
        ("bug", 500, "error"),
    ],
)
async def test_every_failure_is_a_problem_document(
    client: httpx2.AsyncClient, kind: str, status: int, slug: str
) -> None:
    response = await client.get(f"/test/{kind}", headers={"X-Request-Id": "abc-1"})

    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["x-request-id"] == "abc-1"
    assert response.json()["type"] == f"/problems/{slug}"
    assert response.json()["request_id"] == "abc-1"


async def test_nothing_internal_is_said(client: httpx2.AsyncClient) -> None:
    bodies = [(await client.get(f"/test/{kind}")).text for kind in ("bug", "database")]

    assert not any(word in body for body in bodies for word in ("internal", "secret", "SELECT"))


async def test_a_retry_time_goes_with_429(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/test/throttled")).headers["retry-after"] == "7"


@pytest.mark.parametrize(
    ("content", "status", "detail"),
    [
        (b"{", 422, "body: Send valid JSON in UTF-8."),
        (b'{"count": "\xff"}', 422, "body: Send valid JSON in UTF-8."),
        (b'{"count": %s}' % (b"9" * 5000), 422, "body: Send valid JSON in UTF-8."),
        (b"[" * 100_000, 422, "body: Send valid JSON in UTF-8."),
        (b'{"count": "many"}', 422, "count: "),
        (b"{}", 422, "count: Field required"),
        (b'{"count": 1, "pair": {}}', 422, "pair: Input should be a valid list"),
    ],
)
async def test_bad_bodies_name_what_is_wrong(
    client: httpx2.AsyncClient, content: bytes, status: int, detail: str
) -> None:
    response = await client.post(
        "/test", content=content, headers={"Content-Type": "application/json"}
    )

    assert response.status_code == status
    assert response.json()["detail"].startswith(detail)


async def test_unknown_pages_and_methods_are_problems_too(client: httpx2.AsyncClient) -> None:
    missing, method = await client.get("/nowhere"), await client.delete("/health/live")

    assert (missing.status_code, method.status_code) == (404, 405)
    assert method.headers["allow"] == "GET"
    assert missing.headers["content-type"] == "application/problem+json"


async def test_a_request_id_of_ours_replaces_an_unfit_one(client: httpx2.AsyncClient) -> None:
    response = await client.get(
        "/health/live", headers={"X-Request-Id": "a b", "X-Correlation-Id": "case-7"}
    )

    assert len(response.headers["x-request-id"]) == 32
    assert response.headers["x-correlation-id"] == "case-7"


async def test_ready_says_whether_the_database_fits(client: httpx2.AsyncClient) -> None:
    response = await client.get("/health/ready")

    assert (response.status_code, response.json()["checks"]["database"]) == (200, "ok")


@pytest.mark.parametrize("log_format", ["json", "text"])
async def test_what_a_library_logs_is_an_event_without_what_it_filled_in(
    capsys: pytest.CaptureFixture[str], log_format: Literal["json", "text"]
) -> None:
    configure_logs(Settings(log_format=log_format))
    library = logging.getLogger("some.library")

    library.warning("Request on %s failed with '%s'", "/sms", "07700 900982 is not a number")
    library.info("Not worth a line")

    said, plain = capsys.readouterr()
    assert plain == ""
    assert len(said.splitlines()) == 1
    assert "Request on %s failed with '%s'" in said
    assert "some.library" in said
    assert "07700" not in said
    if log_format == "json":
        assert json.loads(said)["level"] == "warning"


async def test_work_that_loses_a_cancellation_ends_all_the_same() -> None:
    lost = 0

    async def stubborn() -> None:
        nonlocal lost
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                lost += 1
                if lost == 2:
                    raise

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)

    await end_all([task])

    assert (task.cancelled(), lost) == (True, 2)
