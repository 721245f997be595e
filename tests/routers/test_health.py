"""Whether calls work is said, and takes no node out of service."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from fastapi import Request, Response

from app.database import Database
from app.routers.health import ready
from app.signalling.client import RoomServers

pytestmark = [pytest.mark.anyio, pytest.mark.database]


def asking(*paths: Path) -> Request:
    state = SimpleNamespace(room_servers=RoomServers(paths))
    return cast("Request", SimpleNamespace(app=SimpleNamespace(state=state)))


async def test_a_node_without_calls_still_serves(database: Database, tmp_path: Path) -> None:
    response = Response()

    health = await ready(database, asking(tmp_path / "none.sock"), response)

    assert (response.status_code, health.status) == (200, "degraded")
    assert health.checks == {"database": "ok", "calls": "a room server does not answer"}


async def test_a_node_with_all_it_needs_is_ok(database: Database) -> None:
    health = await ready(database, asking(), Response())

    assert health.status == "ok"
