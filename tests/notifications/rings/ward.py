"""A region whose specialists have browsers and telephones, and a clock that is moved."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_network
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.identity import Principal
from app.models import OutboxEvent, Ring, RingCall
from app.notifications import rings
from app.notifications.gateways import Outgoing
from app.notifications.kinds import Medium
from app.notifications.rings import NewPreference, RingSender, TextWhen, Ways
from app.notifications.rings.devices import Device, NewDevice
from app.notifications.rings.pushing import Push
from app.outbound import Outbound
from app.outbox import RELAY, step
from app.sealing import Sealing
from tests.referrals.world import NOON, Region

SEALING = Sealing(bytes(32))
KEY = ec.generate_private_key(ec.SECP256R1())
PUSH = Push(KEY, subject="mailto:duty@example.org", hosts=("127.0.0.1", "*.push.example"))
MOBILE = "07700 900123"


class Phones:
    """A gateway of text messages that goes well unless told otherwise."""

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []
        self.troubles: list[Exception] = []

    async def send(self, outgoing: Outgoing) -> str:
        self.sent.append(outgoing)
        if self.troubles:
            raise self.troubles.pop(0)
        return f"sms-{len(self.sent)}"


@dataclass
class Ward:
    """What one test needs."""

    region: Region
    phones: Phones = field(default_factory=Phones)
    now: datetime = NOON
    present: set[UUID | None] = field(default_factory=set)

    @property
    def sender(self) -> RingSender:
        return RingSender(
            database=self.region.database,
            outbound=Outbound((ip_network("127.0.0.0/8"),)),
            gateways={"sms": self.phones},
            push=PUSH,
            sealing=SEALING,
            base_url="https://advice.example",
            clock=lambda: self.now,
        )

    async def is_present(self, _: AsyncSession, practitioner_id: UUID, __: datetime) -> bool:
        return practitioner_id in self.present

    async def subscribe(self, who: Principal, device: NewDevice) -> Device:
        async with self.region.acting(who) as session:
            added, _ = await rings.add_device(session, device, PUSH, SEALING, now=self.now)
        return added

    async def prefer(self, who: Principal, when: TextWhen, mobile: str = MOBILE) -> None:
        async with self.region.acting(who) as session:
            wanted = NewPreference(mobile=mobile, text_when=when)
            await rings.set_preference(session, wanted, version=0)

    async def hear(self) -> None:
        """The consumer reads what has happened."""
        media: tuple[Medium, ...] = ("sms",)
        ways = Ways(media=media, pushes=True, is_present=self.is_present)
        consumer = rings.rings(ways, lambda: self.now)
        await step(self.region.database, consumer, self.now)

    async def send(self, after: timedelta = timedelta()) -> int:
        self.now += after
        return await self.sender.send_due(self.now)

    async def calls(self) -> Sequence[RingCall]:
        async with self.region.acting(self.region.shah) as session:
            found = await session.scalars(
                select(RingCall).order_by(RingCall.created_at, RingCall.way, RingCall.id)
            )
            return found.all()

    async def ways(self) -> list[tuple[str, str]]:
        """Each call's way and what came of it."""
        return sorted((call.way, call.status) for call in await self.calls())

    async def ringing(self, request_id: UUID) -> list[Ring]:
        return list((await self.region.case(request_id)).ringing)

    async def told(self) -> list[OutboxEvent]:
        """What call-out systems may hear."""
        async with self.region.database.transaction(RELAY) as session:
            found = await session.scalars(
                select(OutboxEvent).where(OutboxEvent.event.like("ring.%")).order_by(OutboxEvent.id)
            )
            return list(found)
