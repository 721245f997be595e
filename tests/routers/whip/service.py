"""The service with a real media node behind it, and vehicles with encoders and screens."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import httpx2
from fastapi import FastAPI

from app import encounters, referrals
from app.database import Database
from app.encounters.video_devices import DeviceKind
from app.main import create_app
from app.models import Encounter
from app.signalling.clock import Clock
from app.signalling.media import MediaNode
from app.signalling.participants import Surroundings
from app.signalling.server import RoomServer, unguessable_id
from tests.accounts.staffroom import settings_of
from tests.referrals.world import NOON, Region, region
from tests.routers.service import requests_alone
from tests.signalling.fakes import FakeRecordings

DEADLINE = 10.0
ELSEWHERE = "https://wall.example.org"
"""An origin that may: the one of a page embedded elsewhere."""
SDP = {"Content-Type": "application/sdp"}
FRAGMENT = {"Content-Type": "application/trickle-ice-sdpfrag"}
URLS = ("turn:turn.example.org:3478?transport=udp", "turns:turn.example.org?transport=tcp")


@dataclass(frozen=True)
class Vehicle:
    """One with an answered request, and the tokens of its encoder and its screen."""

    call_sign: str
    encounter_id: UUID
    request_id: UUID
    encoder: encounters.DeviceToken
    screen: encounters.DeviceToken


@dataclass
class Streaming:
    """What a test asks, as a device would."""

    app: FastAPI
    http: httpx2.AsyncClient
    region: Region
    node: MediaNode
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    @property
    def connections(self) -> int:
        """How many the media node has open."""
        return len(self.node.statistics().connections)

    async def vehicle(self) -> Vehicle:
        """Another vehicle, whose crew has asked and whom Dr Shah has answered."""
        call_sign = f"A{next(self._numbers)}"
        request_id = await self.ask(call_sign)
        return Vehicle(
            call_sign,
            await self.answered(request_id),
            request_id,
            await self.device("encoder", f"Camera of {call_sign}", call_sign),
            await self.device("screen", f"Screen for {call_sign}", call_sign),
        )

    async def answered(self, request_id: UUID) -> UUID:
        """Dr Shah accepts: the consultation's id."""
        async with self.region.acting(self.region.shah) as session:
            accepted = await referrals.accept(session, request_id, now=NOON)
        assert accepted.encounter_id
        return accepted.encounter_id

    async def ask(self, call_sign: str) -> UUID:
        asked = referrals.Asked(
            service_id=self.region.service_id, question="Stroke?", call_sign=call_sign
        )
        async with self.region.acting(self.region.crew) as session:
            return (await referrals.raise_request(session, asked, now=NOON)).id

    async def device(self, kind: DeviceKind, name: str, call_sign: str) -> encounters.DeviceToken:
        new = encounters.NewVideoDevice(kind=kind, name=name, call_sign=call_sign)
        async with self.region.acting(self.region.crew) as session:
            return await encounters.register_device(session, new)

    async def close(self, vehicle: Vehicle) -> None:
        """Dr Shah ends the consultation, and the request with it."""
        async with self.region.acting(self.region.shah) as session:
            await referrals.close(
                session, vehicle.request_id, outcome="conveyed", advice="CT.", now=NOON
            )

    async def revoke(self, device: encounters.DeviceToken) -> None:
        """The administrator of the vehicle's house puts it out of use."""
        registered = device.device
        async with self.region.acting(self.region.crew) as session:
            await encounters.revoke_device(
                session, registered.id, version=registered.version, now=NOON
            )

    async def status(self, vehicle: Vehicle) -> str:
        async with self.region.acting(self.region.shah) as session:
            return (await session.get_one(Encounter, vehicle.encounter_id)).status

    async def ask_http(
        self,
        method: str,
        path: str,
        device: encounters.DeviceToken | None,
        body: str | bytes = "",
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        token = {"Authorization": f"Bearer {device.token}"} if device else {}
        return await self.http.request(
            method, path, content=body, headers={**token, **(headers or {})}
        )

    async def publish(self, vehicle: Vehicle, offer: str) -> httpx2.Response:
        return await self.ask_http("POST", "/api/v1/whip", vehicle.encoder, offer, SDP)

    async def watch(self, vehicle: Vehicle, offer: str) -> httpx2.Response:
        return await self.ask_http("POST", "/api/v1/whep", vehicle.screen, offer, SDP)


@asynccontextmanager
async def streaming(url: str, directory: Path) -> AsyncIterator[Streaming]:
    secret = directory / "turn-secret"
    secret.write_text("0123456789abcdef" * 4)
    settings = settings_of(
        url,
        directory,
        room_sockets=(directory / "room.sock",),
        allowed_origins=(ELSEWHERE,),
        turn_urls=URLS,
        turn_secret_file=secret,
    )
    app = requests_alone(create_app(settings))
    app.state.clock = lambda: NOON
    app.state.give_up = lambda: None
    database = Database(url)
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with (
        _node() as node,
        _rooms(settings.room_sockets[0], node),
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://localhost") as http,
    ):
        yield Streaming(app, http, await region(database), node)
    await database.close()


@asynccontextmanager
async def _node() -> AsyncIterator[MediaNode]:
    node = await MediaNode.open(host="127.0.0.1", port=0)
    yield node
    await node.close()


@asynccontextmanager
async def _rooms(path: Path, node: MediaNode) -> AsyncIterator[None]:
    stop, ready = asyncio.Event(), asyncio.Event()
    server = RoomServer(Surroundings(node, FakeRecordings(), Clock(), unguessable_id))
    task = asyncio.create_task(server.run(path, stop, ready))
    await asyncio.wait_for(ready.wait(), DEADLINE)
    yield
    stop.set()
    await asyncio.wait_for(task, DEADLINE)
