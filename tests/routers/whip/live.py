"""A session that was opened, what is sent to it, and what is seen of it from elsewhere."""

import asyncio
import re

import httpx2
from sqlalchemy import select

from app import encounters
from app.models import AuditEvent
from tests.routers.whip.service import FRAGMENT, Streaming, Vehicle
from tests.signalling.media.peer import offer

FINGERPRINT = ":".join(["AB"] * 32)
OFFER = offer(FINGERPRINT, "sendonly")
WATCHING = offer(FINGERPRINT, "recvonly")
CANDIDATES = (
    "a=ice-ufrag:peer\r\na=ice-pwd:"
    + "p" * 24
    + "\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n"
    "a=candidate:1 1 udp 2130706431 192.0.2.7 40000 typ host\r\na=end-of-candidates\r\n"
)
RESTART = "a=ice-ufrag:fresh\r\na=ice-pwd:" + "q" * 24 + "\r\n"
TICK_SECONDS = 0.05
TAG = re.compile(r'"[\x21\x23-\x7e]+"')


class Live:
    """A session that was opened, and requests to it."""

    def __init__(
        self, service: Streaming, device: encounters.DeviceToken, opened: httpx2.Response
    ) -> None:
        assert opened.status_code == 201, opened.text
        self.service, self.device = service, device
        self.answer, self.etag = opened.text, opened.headers["ETag"]
        self.path = opened.headers["Location"]

    async def patch(
        self, body: str | bytes, if_match: str | None, **headers: str
    ) -> httpx2.Response:
        tag = {"If-Match": if_match} if if_match is not None else {}
        return await self.service.ask_http(
            "PATCH", self.path, self.device, body, {**FRAGMENT, **tag, **headers}
        )

    async def delete(self, **headers: str) -> httpx2.Response:
        return await self.service.ask_http("DELETE", self.path, self.device, headers=headers)

    async def lives(self) -> bool:
        """Whether it still takes candidates."""
        return (await self.patch(CANDIDATES, self.etag)).status_code == 204


async def recorded(service: Streaming, vehicle: Vehicle, wanted: set[str]) -> set[str]:
    """What the audit says of the consultation, once all that is wanted stands there."""
    found: set[str] = set()
    for _ in range(200):
        for person in (service.region.crew, service.region.shah):  # each house has its own
            async with service.region.acting(person) as session:
                events = await session.scalars(
                    select(AuditEvent).where(AuditEvent.encounter_id == vehicle.encounter_id)
                )
                found |= {event.what for event in events}
        if found >= wanted:
            break
        await asyncio.sleep(TICK_SECONDS)
    return found


async def fewer_connections(service: Streaming, *, than: int) -> bool:
    """Events reach the rooms within moments."""
    for _ in range(200):
        if service.connections < than:
            return True
        await asyncio.sleep(TICK_SECONDS)
    return False
