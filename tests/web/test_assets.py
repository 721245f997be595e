"""Files: compressed for who can read it, checked anew, never outside the folder."""

import gzip

import httpx2
import pytest
from fastapi import FastAPI

from app.web.assets import serve_files
from app.web.modules import kept

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


async def test_a_file_under_its_fingerprint_is_kept_for_good(client: httpx2.AsyncClient) -> None:
    today = await client.get(kept("/static/call/socket.js"))
    before = await client.get("/static/-0123456789ab/call/socket.js")

    assert (today.status_code, before.status_code) == (200, 200)
    assert today.content == before.content
    assert today.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert before.headers["cache-control"] == "no-cache"


async def test_nothing_outside_the_folder_is_served(client: httpx2.AsyncClient) -> None:
    for way in ("%2e%2e/frame.py", "-0123456789ab/%2e%2e/%2e%2e/frame.py"):
        assert (await client.get(f"/static/{way}")).status_code == 404
