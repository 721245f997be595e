"""Locations over HTTP."""

import httpx2
import pytest

from tests.routers.bodies import key

pytestmark = [pytest.mark.anyio, pytest.mark.database]
PATH = "/api/v1/locations"


async def test_added_read_changed_and_listed(
    desk: httpx2.AsyncClient, office: dict[str, str]
) -> None:
    added = await desk.post(PATH, json={"name": "Room 1"}, headers=key() | office)
    where = added.headers["location"]
    blind = await desk.patch(where, json={"name": "Room A"}, headers=office)
    changed = await desk.patch(
        where, json={"name": "Room A"}, headers={**office, "If-Match": added.headers["etag"]}
    )
    read = await desk.get(where)
    listed = await desk.get(PATH)

    assert (added.status_code, blind.status_code, changed.status_code) == (201, 428, 200)
    assert read.json() == changed.json() == listed.json()["items"][0]
    assert read.headers["etag"] == '"2"'


async def test_only_administrators_change_them(desk: httpx2.AsyncClient) -> None:
    assert (await desk.post(PATH, json={"name": "Room 1"}, headers=key())).status_code == 403
