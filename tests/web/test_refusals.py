"""Refusals as pages: for people's browsers only, with what to do."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from app.config import Settings
from app.errors import Forbidden, LinkExpired, NotAuthenticated, TooManyRequests
from app.main import create_app
from tests.routers.service import requests_alone

pytestmark = [pytest.mark.anyio, pytest.mark.database]
PEOPLE = {"Accept": "text/html,application/xhtml+xml"}
REFUSALS = {
    "role": Forbidden(),
    "link": LinkExpired(),
    "session": NotAuthenticated(),
    "rate": TooManyRequests(7),
}


def with_refusing_routes(app: FastAPI) -> FastAPI:
    @app.get("/refuse/{kind}")
    @app.get("/fragments/{kind}")
    async def refuse(kind: str) -> None:
        raise REFUSALS.get(kind) or RuntimeError("internal detail")

    return app


@pytest.fixture
async def client(database_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    app = requests_alone(
        create_app(Settings(DATABASE_URL=SecretStr(database_url), support_phone="0113 496 0000"))
    )
    transport = httpx2.ASGITransport(with_refusing_routes(app), raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(
            transport=transport, base_url="http://localhost", headers=PEOPLE
        ) as client,
    ):
        yield client


@pytest.mark.parametrize(
    ("path", "status", "heading"),
    [
        ("/nowhere", 404, "We could not find that page"),
        ("/refuse/role", 403, "You cannot open this page"),
        ("/refuse/link", 410, "This link does not work any more"),
        ("/refuse/rate", 429, "There were too many tries"),
        ("/refuse/bug", 500, "Sorry, something went wrong"),
    ],
)
async def test_people_get_a_page_that_says_what_to_do(
    client: httpx2.AsyncClient, path: str, status: int, heading: str
) -> None:
    response = await client.get(path)

    assert response.status_code == status
    assert f"<h1>{heading}</h1>" in response.text
    assert "0113 496 0000" in response.text
    assert response.headers["x-request-id"] in response.text
    assert "internal detail" not in response.text


async def test_who_is_not_signed_in_comes_back_after_signing_in(
    client: httpx2.AsyncClient,
) -> None:
    page, piece = await client.get("/refuse/session"), await client.get("/fragments/session")

    assert (page.status_code, page.headers["location"]) == (303, "/sign-in?next=/refuse/session")
    assert (piece.status_code, piece.headers["location"]) == (303, "/sign-in")


async def test_programs_get_problem_documents(client: httpx2.AsyncClient) -> None:
    asked = await client.get("/refuse/role", headers={"Accept": "*/*"})
    api = await client.get("/api/v1/nowhere")

    kinds = {asked.headers["content-type"], api.headers["content-type"]}
    assert kinds == {"application/problem+json"}


async def test_a_retry_time_stays_on_the_page(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/refuse/rate")).headers["retry-after"] == "7"
