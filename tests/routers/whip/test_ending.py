"""What ends a session: its device, its administrator, the consultation (RFC 9725 §4.2)."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import httpx2
import pytest

from app.signalling.client import RoomServers
from app.signalling.messages import OpenStream, PatchStream, StreamAnswer, StreamRefused
from tests.routers.whip.live import CANDIDATES, OFFER, Live, fewer_connections
from tests.routers.whip.service import SDP, Streaming, Vehicle

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def test_delete_ends_the_session(live: Live) -> None:
    """§4.2: 200, and then there is no such session."""
    assert (await live.delete()).status_code == 200

    assert (await live.delete()).status_code == 404
    assert (await live.patch(CANDIDATES, live.etag)).status_code == 404


async def test_delete_frees_the_connection(service: Streaming, live: Live) -> None:
    """§4.2: ICE and DTLS end with the session (RFC 7675 §5.2)."""
    before = service.connections

    await live.delete()

    assert service.connections == before - 1


async def test_delete_takes_no_notice_of_entity_tags(live: Live) -> None:
    """§4.3.1: they are ignored where no ICE session is meant."""
    assert (await live.delete(**{"If-Match": '"of another one"'})).status_code == 200


async def test_a_token_that_was_revoked_opens_nothing_and_ends_what_it_opened(
    service: Streaming, live: Live, vehicle: Vehicle
) -> None:
    """§4.7.1 leaves a token's life to us: an administrator's word holds at once, and for both."""
    before = service.connections
    await service.revoke(vehicle.encoder)

    assert (await service.publish(vehicle, OFFER)).status_code == 401
    assert (await live.patch(CANDIDATES, live.etag)).status_code == 401
    assert await fewer_connections(service, than=before)


async def test_the_end_of_the_consultation_is_the_end_of_the_session(
    service: Streaming, live: Live, vehicle: Vehicle
) -> None:
    """§4.2: a media server may end it too; then there is no such session, and no consultation."""
    before = service.connections
    await service.close(vehicle)

    assert await fewer_connections(service, than=before)
    assert (await live.patch(CANDIDATES, live.etag)).status_code == 404
    assert (await service.publish(vehicle, OFFER)).status_code == 409


class Late(RoomServers):
    """Room servers that are asked for a session only once something else has happened."""

    def __init__(self, asked: RoomServers, before: Callable[[], Awaitable[object]]) -> None:
        super().__init__(asked.paths)
        self._before = before

    async def stream(self, command: OpenStream | PatchStream) -> StreamAnswer | StreamRefused:
        await self._before()
        return await super().stream(command)


async def publish_after(
    service: Streaming, vehicle: Vehicle, before: Callable[[], Awaitable[object]]
) -> httpx2.Response:
    """The answer to an offer, where `before` comes between its place and its session."""
    state, servers = service.app.state, service.app.state.room_servers

    async def once() -> None:
        state.room_servers = servers
        await before()

    state.room_servers = Late(servers, once)
    return await publish_into(service, vehicle, vehicle.encounter_id)


async def publish_into(service: Streaming, vehicle: Vehicle, encounter_id: UUID) -> httpx2.Response:
    path = f"/api/v1/whip/{encounter_id}"
    return await service.ask_http("POST", path, vehicle.encoder, OFFER, SDP)


async def test_a_token_revoked_while_its_session_opens_leaves_none(
    service: Streaming, vehicle: Vehicle
) -> None:
    """§4.7: the word of the administrator came before there was anything to end."""
    before = service.connections

    refused = await publish_after(service, vehicle, lambda: service.revoke(vehicle.encoder))

    assert refused.status_code == 403
    assert "Location" not in refused.headers
    assert service.connections == before


async def test_a_consultation_that_ends_while_a_session_opens_leaves_none(
    service: Streaming, vehicle: Vehicle
) -> None:
    before = service.connections

    refused = await publish_after(service, vehicle, lambda: service.close(vehicle))

    assert refused.status_code == 410
    assert service.connections == before


async def test_of_two_sessions_that_open_at_once_the_later_place_stays(
    service: Streaming, vehicle: Vehicle
) -> None:
    """One live session each, in whatever order the room servers are asked."""
    elsewhere = await service.answered(await service.ask(vehicle.call_sign))
    before = service.connections
    later: list[Live] = []

    async def overtake() -> None:
        opened = await publish_into(service, vehicle, elsewhere)
        later.append(Live(service, vehicle.encoder, opened))

    refused = await publish_after(service, vehicle, overtake)

    assert refused.status_code == 409
    assert await later[0].lives()
    assert service.connections == before + 1
