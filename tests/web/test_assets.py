"""Files: compressed for who can read it, checked anew, never outside the folder."""

import gzip

import httpx2
import pytest
from fastapi import FastAPI

from app.web.assets import serve_files

pytestmark = pytest.mark.anyio


@pytest.fixture
async def client() -> httpx2.AsyncClient:
    app = FastAPI()
    serve_files(app)
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost")


async def test_text_is_compressed(client: httpx2.AsyncClient) -> None:
    async with client.stream(
        "GET", "/static/site.css", headers={"Accept-Encoding": "gzip"}
    ) as response:
        raw = b"".join([chunk async for chunk in response.aiter_raw()])

    assert response.headers["content-encoding"] == "gzip"
    assert b"app-header__organization" in gzip.decompress(raw)


async def test_a_known_file_is_not_sent_again(client: httpx2.AsyncClient) -> None:
    first = await client.get("/static/page.js")

    again = await client.get("/static/page.js", headers={"If-None-Match": first.headers["etag"]})

    assert first.headers["cache-control"] == "no-cache"
    assert (again.status_code, again.content) == (304, b"")


async def test_nothing_outside_the_folder_is_served(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/static/%2e%2e/frame.py")).status_code == 404
