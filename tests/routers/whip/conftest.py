"""The service with a media node, a vehicle with its devices, and one session of its encoder."""

from collections.abc import AsyncIterator, Callable

import pytest

from tests.routers.whip.live import OFFER, Live
from tests.routers.whip.service import Streaming, Vehicle, streaming


@pytest.fixture(scope="module")
def address(make_database: Callable[[], str]) -> str:
    return make_database()


@pytest.fixture(scope="module")
async def service(
    address: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Streaming]:
    async with streaming(address, tmp_path_factory.mktemp("service")) as opened:
        yield opened


@pytest.fixture
async def vehicle(service: Streaming) -> Vehicle:
    return await service.vehicle()


@pytest.fixture
async def live(service: Streaming, vehicle: Vehicle) -> Live:
    return Live(service, vehicle.encoder, await service.publish(vehicle, OFFER))
