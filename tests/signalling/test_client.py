import asyncio
from pathlib import Path
from uuid import UUID

import pytest

from app.errors import RoomServerUnavailable
from app.signalling.client import RoomServers
from tests.signalling.fakes import ENCOUNTER, admission

PATHS = [Path(f"room-{number}.sock") for number in range(4)]
ENCOUNTERS = [UUID(int=number) for number in range(400)]


def test_an_encounter_always_has_the_same_room_server() -> None:
    forwards, backwards = RoomServers(PATHS), RoomServers(PATHS[::-1])

    assert [forwards.path_of(encounter) for encounter in ENCOUNTERS] == [
        backwards.path_of(encounter) for encounter in ENCOUNTERS
    ]


def test_encounters_are_spread_over_the_room_servers() -> None:
    servers = RoomServers(PATHS)

    chosen = [servers.path_of(encounter) for encounter in ENCOUNTERS]

    assert all(60 < chosen.count(path) < 140 for path in PATHS)


def test_one_more_room_server_moves_only_what_it_takes() -> None:
    before, after = RoomServers(PATHS[:3]), RoomServers(PATHS)

    moved = [e for e in ENCOUNTERS if before.path_of(e) != after.path_of(e)]

    assert all(after.path_of(encounter) == PATHS[3] for encounter in moved)


def test_without_a_room_server_calls_are_unavailable() -> None:
    with pytest.raises(RoomServerUnavailable):
        RoomServers([]).path_of(ENCOUNTER)


@pytest.mark.anyio
async def test_a_room_server_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    servers = RoomServers([tmp_path / "none.sock"])

    with pytest.raises(RoomServerUnavailable):
        await servers.end_room(ENCOUNTER)
    with pytest.raises(RoomServerUnavailable):
        async with servers.attach(admission(), None):
            pass
    with pytest.raises(RoomServerUnavailable):
        await servers.health()


@pytest.mark.anyio
async def test_a_room_server_that_hangs_up_is_unavailable(tmp_path: Path) -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    path = tmp_path / "room.sock"
    async with await asyncio.start_unix_server(hang_up, path):
        with pytest.raises(RoomServerUnavailable):
            await RoomServers([path]).end_room(ENCOUNTER)
        async with RoomServers([path]).attach(admission(), None) as pipe:
            assert [line async for line in pipe] == []
