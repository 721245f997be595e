"""WHEP, where it differs from WHIP (draft-ietf-wish-whep-03)."""

import pytest

from app import encounters
from tests.routers.whip.live import (
    CANDIDATES,
    FINGERPRINT,
    RESTART,
    TAG,
    WATCHING,
    Live,
    recorded,
)
from tests.routers.whip.service import Streaming, Vehicle
from tests.signalling.media.peer import offer

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def test_a_screen_gets_an_answer_that_only_sends(
    service: Streaming, vehicle: Vehicle
) -> None:
    """§4.2.1: 201 and Location; §4.4.1: ETag; §4.2.5: sendonly; §4.5.1: rtcp-mux-only."""
    opened = await service.watch(vehicle, WATCHING)

    assert opened.status_code == 201
    assert opened.text.count("a=sendonly\r\n") == 2
    assert opened.text.count("a=rtcp-mux-only\r\n") == 2
    assert opened.headers["Location"].startswith("/api/v1/whep/")
    assert TAG.fullmatch(opened.headers["ETag"])


@pytest.mark.parametrize("direction", ["sendonly", "inactive"])
async def test_a_screen_that_sends_is_refused(
    service: Streaming, vehicle: Vehicle, direction: str
) -> None:
    """§4.2.5: a player does not use these."""
    assert (await service.watch(vehicle, offer(FINGERPRINT, direction))).status_code == 422


async def test_a_screens_session_is_patched_and_deleted_like_an_encoders(
    service: Streaming, vehicle: Vehicle
) -> None:
    """§4.4 and §4.3."""
    live = Live(service, vehicle.screen, await service.watch(vehicle, WATCHING))

    assert (await live.patch(CANDIDATES, None)).status_code == 428
    assert await live.lives()
    assert (await live.patch(RESTART, "*")).status_code == 200
    assert not await live.lives()
    assert (await live.delete()).status_code == 200


async def test_a_screen_waits_to_be_let_in(service: Streaming, vehicle: Vehicle) -> None:
    """Nobody is watched who has not agreed to it: those inside see the screen and open the door."""
    await service.watch(vehicle, WATCHING)
    wanted = {"open Encounter as screen", "wait for Encounter"}

    assert await recorded(service, vehicle, wanted) >= wanted
    async with service.region.acting(service.region.shah) as session:
        people = await encounters.read_participants(session, vehicle.encounter_id)
    screen = next(person for person in people if person.device_id)
    assert screen.display_name == (
        f"Screen for {vehicle.call_sign} (screen watching {vehicle.call_sign})"
    )
    assert (screen.role, screen.admitted_at) == ("guest", None)
