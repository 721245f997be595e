"""Organisations over HTTP."""

from uuid import uuid4

import httpx2
import pytest

from tests.clinic import Clinic, open_clinic

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def test_listed_page_by_page_and_read(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    await open_clinic(clinic.database, "000")

    first = (await desk.get("/api/v1/organizations?limit=1")).json()
    second = (await desk.get(f"/api/v1/organizations?cursor={first['next']}")).json()
    read = await desk.get(f"/api/v1/organizations/{clinic.organization_id}")

    assert first["items"][0]["ods_code"] == "000"
    assert read.json() in second["items"]
    assert second["next"] is None


async def test_an_unknown_one_and_a_wrong_cursor(desk: httpx2.AsyncClient) -> None:
    missing = await desk.get(f"/api/v1/organizations/{uuid4()}")
    strange = await desk.get("/api/v1/organizations?cursor=abc")

    assert missing.status_code == 404
    assert (strange.status_code, strange.json()["errors"][0]["field"]) == (422, "cursor")
