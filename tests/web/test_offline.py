"""The worker, the manifest and the shells: complete, and nobody's."""

import json
import re
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx2
import pytest

from app.database import Database
from tests.referrals.world import NOON, Region
from tests.referrals.world import region as make_region
from tests.routers.service import ACTING, People, client, service

pytestmark = [pytest.mark.anyio, pytest.mark.database]
NOBODY = {ACTING: "nobody"}


@pytest.fixture
async def region(database: Database) -> Region:
    return await make_region(database)


@pytest.fixture
async def http(region: Region, database_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    people = People(crew=region.crew, shah=region.shah)
    async with client(service(database_url, people, now=NOON), "crew") as opened:
        yield opened


async def test_the_worker_keeps_files_that_exist_and_may_be_kept_by_anybody(
    http: httpx2.AsyncClient,
) -> None:
    script = await http.get("/sw.js", headers=NOBODY)
    found = re.search(r"work\((\{.*\})\);", script.text)
    assert found
    files = json.loads(found[1])["files"]
    answers = {file: (await http.get(file, headers=NOBODY)).status_code for file in files}

    assert (script.headers["content-type"], script.headers["cache-control"]) == (
        "text/javascript; charset=utf-8",
        "no-cache",
    )
    assert "worker-src 'self'" in script.headers["content-security-policy"]
    assert {file for file, status in answers.items() if status != 200} == set()
    assert any("/urgent/request.js" in file for file in files)
    assert any("/urgent/case.js" in file for file in files)


@pytest.mark.parametrize("path", ["/offline/ask", "/offline/request"])
async def test_a_shell_is_the_same_for_everybody_and_has_no_time(
    http: httpx2.AsyncClient, region: Region, path: str
) -> None:
    await region.ask()
    shells = [(await http.get(path, headers={ACTING: who})).text for who in ("crew", "nobody")]

    assert shells[0] == shells[1]
    assert region.crew.name not in shells[0]
    assert "data-served-at" not in shells[0]
    assert 'data-shell data-person=""' in shells[0]


async def test_the_app_can_be_installed(http: httpx2.AsyncClient) -> None:
    manifest = await http.get("/app.webmanifest", headers=NOBODY)
    icons = [await http.get(icon["src"], headers=NOBODY) for icon in manifest.json()["icons"]]

    assert manifest.headers["content-type"] == "application/manifest+json"
    assert manifest.json()["display"] == "standalone"
    assert [icon.status_code for icon in icons] == [200] * 4


async def test_a_crew_learns_whom_to_ring_without_a_signal(
    http: httpx2.AsyncClient, region: Region
) -> None:
    facts = (await http.get("/offline/facts")).json()
    refused = await http.get("/offline/facts", headers={ACTING: "shah"})

    assert facts["lines"] == [
        {
            "id": str(region.service_id),
            "code": "stroke",
            "specialty": "Stroke",
            "organization": "The hospital",
            "phone": "01632 960101",
        }
    ]
    assert refused.status_code == 403


async def test_a_request_that_came_late_says_so_to_both(
    http: httpx2.AsyncClient, region: Region
) -> None:
    body = {
        "service_id": str(region.service_id),
        "question": "Late?",
        "id": str(uuid4()),
        "asked_at": "2026-11-20T11:20:00Z",
    }
    raised = (await http.post("/api/v1/service-requests", json=body)).json()
    page = (await http.get(f"/urgent/{raised['id']}")).text
    ring = (await http.get("/fragments/ring", headers={ACTING: "shah"})).text

    assert "You asked for advice without a signal." in page
    assert "Asked 40 min before it reached us: no signal" in ring
