"""One case as both sides see it: what happened, what happens now, and what would follow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import HealthcareService, Organization, RequestStep, Ring, ServiceRequest
from app.referrals.escalation.engine import place_of, plan_of, refused_by, roster_of
from app.referrals.escalation.plan import Next, Plan, upcoming
from app.referrals.priority import Priority
from app.referrals.priority_records import priority_of
from app.referrals.queue import place_in_queue
from app.referrals.records import note, principal_in, request_of, rings_of, steps_of


@dataclass(frozen=True, slots=True)
class Case:
    """One request: its steps so far, who is rung now, who would be next, whom to telephone.

    `steps` is all that happened, in order, also what is not a ring. `upcoming` is what follows if
    nobody answers, in order, with names and seconds. `owner_since` is since when the present
    owner has it. `phone` is empty where the policy ends with nothing.
    """

    request: ServiceRequest
    priority: Priority
    service_name: str
    rings: tuple[Ring, ...]
    steps: tuple[RequestStep, ...]
    upcoming: tuple[Next, ...]
    phone: str
    policy_number: int = 0

    @property
    def ringing(self) -> tuple[Ring, ...]:
        """Whoever is being rung now to answer it."""
        return tuple(
            ring for ring in self.rings if ring.outcome == "ringing" and ring.purpose == "answer"
        )

    @property
    def joining(self) -> tuple[Ring, ...]:
        """Whoever is being asked now to take it over, or to join."""
        return tuple(
            ring for ring in self.rings if ring.outcome == "ringing" and ring.purpose != "answer"
        )

    @property
    def owner_since(self) -> datetime | None:
        """Since when its owner has it."""
        taken = [step.at for step in self.steps if step.kind in {"accepted", "handed-over"}]
        return taken[-1] if taken and self.request.accepted_by else None

    @property
    def next_names(self) -> tuple[str, ...]:
        """Whom it rings next."""
        return tuple(person.name for person in self.upcoming[0].people) if self.upcoming else ()

    @property
    def next_is_everyone(self) -> bool:
        """Whether the next to be rung are all at once."""
        return bool(self.upcoming) and self.upcoming[0].kind == "everyone"

    @property
    def needs_phone(self) -> bool:
        """Nobody is left to ring: the number is shown large."""
        return self.request.is_sought and self.request.unanswered_at is not None


async def case(session: AsyncSession, request_id: UUID, *, now: datetime) -> Case:
    """One request with its steps. Raises ResourceNotFound, Forbidden."""
    request = await request_of(session, request_id)
    note(session, "R", "read ServiceRequest", request)
    service = await session.get(HealthcareService, request.service_id)
    rings = await rings_of(session, request.id)
    plan = plan_of(request)
    return Case(
        request=request,
        priority=priority_of(request, now),
        service_name=service.name if service else request.specialty,
        rings=tuple(rings),
        steps=tuple(await steps_of(session, request.id)),
        upcoming=await _upcoming(session, request, plan, rings, now=now),
        phone=await _phone(session, request, service, plan),
        policy_number=plan.number,
    )


async def _upcoming(
    session: AsyncSession,
    request: ServiceRequest,
    plan: Plan,
    rings: list[Ring],
    *,
    now: datetime,
) -> tuple[Next, ...]:
    if not request.is_sought or request.unanswered_at:
        return ()
    declined = [ring for ring in rings if ring.outcome != "ringing"]
    return upcoming(
        plan,
        place_of(request),
        await roster_of(session, plan, now=now),
        refused=refused_by(request, declined),
        at_home=request.encounter_id is not None,
    )


async def _phone(
    session: AsyncSession, request: ServiceRequest, service: HealthcareService | None, plan: Plan
) -> str:
    if plan.policy.ends_with == "nothing":
        return ""
    if plan.policy.phone:
        return plan.policy.phone
    if service and service.phone:
        return service.phone
    house = service.organization_id if service else request.partner_organization_id
    organization = await session.get(Organization, house)
    return organization.phone if organization else ""


async def ringing_for_me(
    session: AsyncSession, *, now: datetime
) -> list[tuple[Ring, ServiceRequest]]:
    """What rings for the principal, most urgent first. The ring's `purpose` says what for: to
    answer, to take over from its owner, or to join. From the first time it is asked for, a ring
    has reached them."""
    practitioner_id = principal_in(session).practitioner_id
    rows = await session.execute(
        select(Ring, ServiceRequest)
        .join(ServiceRequest, ServiceRequest.id == Ring.request_id)
        .where(
            Ring.practitioner_id == practitioner_id,
            Ring.outcome == "ringing",
            or_(
                ServiceRequest.state == "ringing",
                ServiceRequest.state == "accepted",
            ),
        )
    )
    found = [(ring, request) for ring, request in rows]
    for _, request in found:
        note(session, "R", "read ServiceRequest", request)
    await _note_reached(session, [ring.id for ring, _ in found if ring.reached_at is None], now)
    return sorted(found, key=lambda pair: place_in_queue(pair[1], now))


async def _note_reached(session: AsyncSession, ring_ids: Sequence[UUID], now: datetime) -> None:
    """A person's devices may ask at once: the first counts, and none waits for an answer's lock."""
    if not ring_ids:
        return
    free = (
        select(Ring.id)
        .where(Ring.id.in_(ring_ids), Ring.reached_at.is_(None))
        .with_for_update(skip_locked=True)
    )
    await session.execute(
        update(Ring)
        .where(Ring.id.in_(free))
        .values(reached_at=now)
        .execution_options(synchronize_session=False)
    )
