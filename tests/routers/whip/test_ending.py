"""What ends a session: its device, its administrator, the consultation (RFC 9725 §4.2)."""

import pytest

from tests.routers.whip.live import CANDIDATES, OFFER, Live, fewer_connections
from tests.routers.whip.service import Streaming, Vehicle

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def test_delete_ends_the_session(live: Live) -> None:
    """§4.2: 200, and then there is no such session."""
    assert (await live.delete()).status_code == 200

    assert (await live.delete()).status_code == 404
    assert (await live.patch(CANDIDATES, live.etag)).status_code == 404


async def test_delete_frees_the_connection(service: Streaming, live: Live) -> None:
    """§4.2: ICE and DTLS end with the session (RFC 7675 §5.2)."""
    before = len(service.node.statistics().connections)

    await live.delete()

    assert len(service.node.statistics().connections) == before - 1


async def test_delete_takes_no_notice_of_entity_tags(live: Live) -> None:
    """§4.3.1: they are ignored where no ICE session is meant."""
    assert (await live.delete(**{"If-Match": '"of another one"'})).status_code == 200


async def test_a_token_that_was_revoked_opens_nothing_and_ends_what_it_opened(
    service: Streaming, live: Live, vehicle: Vehicle
) -> None:
    """§4.7.1 leaves a token's life to us: an administrator's word holds at once, and for both."""
    before = len(service.node.statistics().connections)
    await service.revoke(vehicle.encoder)

    assert (await service.publish(vehicle, OFFER)).status_code == 401
    assert (await live.patch(CANDIDATES, live.etag)).status_code == 401
    assert await fewer_connections(service, than=before)


async def test_the_end_of_the_consultation_is_the_end_of_the_session(
    service: Streaming, live: Live, vehicle: Vehicle
) -> None:
    """§4.2: a media server may end it too; then there is no such session, and no consultation."""
    before = len(service.node.statistics().connections)
    await service.close(vehicle)

    assert await fewer_connections(service, than=before)
    assert (await live.patch(CANDIDATES, live.etag)).status_code == 404
    assert (await service.publish(vehicle, OFFER)).status_code == 409
