"""An office with a webhook, a receiver that answers as told, and a clock that is moved."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from uuid import UUID, uuid4

from sqlalchemy import select

from app.database import Database
from app.identity import Actor, Principal
from app.models import Organization, Webhook, WebhookDelivery
from app.notifications import webhooks
from app.notifications.webhooks import Keeping, NewWebhook, Sender
from app.outbound import MOST_BYTES, Answer, Outbound
from app.outbox import emit, step
from app.sealing import Sealing

KEEPING = Keeping(Sealing(bytes(32)))
LOOPBACK = (ip_network("127.0.0.0/8"),)
URL = "https://8.8.8.8/hook"
"""Public, without a look-up; nothing is sent there: the receiver below stands in."""


@dataclass(frozen=True, slots=True)
class Received:
    """One request."""

    url: str
    body: bytes
    headers: Mapping[str, str]


class Receiver(Outbound):
    """In place of the network: answers one after the other, then 200 for ever."""

    def __init__(self, *answers: int | Exception) -> None:
        super().__init__()
        self.answers = list(answers)
        self.received: list[Received] = []
        self.meanwhile: Callable[[], Awaitable[None]] | None = None

    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str], *, most_bytes: int = MOST_BYTES
    ) -> Answer:
        assert most_bytes <= MOST_BYTES
        self.received.append(Received(url, body, headers))
        if self.meanwhile is not None:
            await self.meanwhile()
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, Exception):
            raise answer
        return Answer(answer, {}, b"")


@dataclass
class Office:
    """One organisation."""

    database: Database
    organization_id: UUID
    receiver: Receiver = field(default_factory=Receiver)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def actor(self) -> Actor:
        return Actor.of(
            Principal(
                kind="staff",
                subject=self.organization_id,
                organization_id=self.organization_id,
                name="Office",
                roles=frozenset({"administrator"}),
            )
        )

    @property
    def sender(self) -> Sender:
        return Sender(
            self.database, self.receiver, KEEPING, clock=lambda: self.now, jitter=lambda: 0.5
        )

    async def add(self, url: str = URL, events: list[str] | None = None) -> tuple[Webhook, bytes]:
        wanted = NewWebhook(url=url, events=events or [])
        async with self.database.transaction(self.actor) as session:
            return await webhooks.add_webhook(session, wanted, Outbound(), KEEPING)

    async def happen(self, *names: str, audience: str = "scheduler") -> None:
        """Events are emitted and queued for the webhooks."""
        async with self.database.transaction(self.actor) as session:
            for name in names:
                emit(
                    session,
                    name,
                    uuid4(),
                    audience=[f"{audience}@{self.organization_id}"],
                    payload={"status": "booked"},
                )
        await step(self.database, webhooks.CONSUMER, self.now)

    async def ring(self, lasting: timedelta) -> None:
        """Somebody on call is rung from now on."""
        self.wait(timedelta(0))
        async with self.database.transaction(self.actor) as session:
            emit(
                session,
                "ring.started",
                uuid4(),
                audience=[f"scheduler@{self.organization_id}"],
                payload={"expires_at": (self.now + lasting).isoformat()},
            )
        await step(self.database, webhooks.CONSUMER, self.now)

    async def send(self, after: timedelta = timedelta(0)) -> int:
        self.wait(after)
        return await self.sender.send_due(self.now)

    def wait(self, length: timedelta) -> None:
        """Events carry the real time, which runs on during a test: the clock is never behind."""
        self.now = max(self.now, datetime.now(UTC)) + length

    async def deliveries(self) -> list[WebhookDelivery]:
        async with self.database.transaction(self.actor) as session:
            rows = await session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.event_id))
            return list(rows)

    async def webhook(self, webhook_id: UUID) -> Webhook:
        async with self.database.transaction(self.actor) as session:
            return await session.get_one(Webhook, webhook_id)


async def open_office(database: Database) -> Office:
    organization_id = uuid4()
    async with database.transaction(Actor(organization_id)) as session:
        session.add(
            Organization(
                id=organization_id,
                ods_code=f"A{organization_id.hex[:8].upper()}",
                name="Office",
                kind="gp-practice",
            )
        )
    return Office(database, organization_id)
