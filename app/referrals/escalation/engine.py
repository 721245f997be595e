"""The engine: rings the next, and says so when nobody is left. Every deadline is in the database.

All of it runs in the transaction of whoever caused it, with the request locked, and leaves its
steps there: whatever dies before the commit has done nothing, and `wake_at` stands as it was.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import HealthcareService, Ring, ServiceRequest
from app.models.service_request import RingPurpose, StepKind
from app.referrals.escalation.following import follow_to
from app.referrals.escalation.plan import Next, Place, Plan, Roster, next_ring
from app.referrals.escalation.policy import default_policy
from app.referrals.houses import acting_for
from app.referrals.on_call.people import OnCall, everyone_on_call, next_on_call
from app.referrals.records import announce, note, rings_of


def plan_of(request: ServiceRequest) -> Plan:
    """What it was raised under; our default, where that was before there were policies."""
    if not request.plan:
        return Plan(number=0, service_id=request.service_id, policy=default_policy())
    return Plan.model_validate(request.plan)


def place_of(request: ServiceRequest) -> Place:
    """How far that has come."""
    return Place(request.plan_step, request.plan_round)


def refused_by(request: ServiceRequest, rings: Iterable[Ring]) -> frozenset[UUID]:
    """Who is not rung: whoever declined since it began to ring, asked it, has it, or is rung."""
    since = request.ringing_since or request.raised_at
    declined = {
        ring.practitioner_id
        for ring in rings
        if (ring.outcome == "declined" and ring.rung_at >= since) or ring.outcome == "ringing"
    }
    return frozenset({*declined, request.requester_id, *filter(None, (request.accepted_by,))})


async def services_of(session: AsyncSession, plan: Plan) -> list[HealthcareService]:
    """Those it may ring that the present house can see."""
    wanted = [plan.service_id, *(site.service_id for site in plan.sites)]
    found = await session.scalars(select(HealthcareService).where(HealthcareService.id.in_(wanted)))
    return list(found)


async def roster_of(session: AsyncSession, plan: Plan, *, now: datetime) -> Roster:
    """Who is on call now for everything that the plan may ring."""
    return await everyone_on_call(session, await services_of(session, plan), now=now)


async def ring_on(session: AsyncSession, request: ServiceRequest, *, now: datetime) -> None:
    """Ring the next of a locked request, or say that nobody is left."""
    plan = plan_of(request)
    rings = await rings_of(session, request.id)
    following = next_ring(
        plan,
        place_of(request),
        await roster_of(session, plan, now=now),
        refused=refused_by(request, rings),
        at_home=request.encounter_id is not None,
    )
    if following is None:
        await _give_up(session, request, plan, now=now)
    else:
        await ring(session, request, following, now=now)


async def ring(
    session: AsyncSession,
    request: ServiceRequest,
    following: Next,
    *,
    now: datetime,
    because: StepKind | None = None,
) -> None:
    """Ring these people together. `because` is a step to be told before, of each of them."""
    is_first = place_of(request) == Place()
    request.plan_step, request.plan_round = following.place.step, following.place.round
    request.unanswered_at = None
    if request.state == "unanswered":
        request.become("ringing")
    house = following.people[0].organization_id
    if house not in {request.partner_organization_id, *request.asked_organization_ids}:
        await follow_to(session, request, following.site, now=now)
    for person in following.people:
        if because:
            session.add(request.step(because, at=now, who=person.practitioner_id, name=person.name))
    fresh = start_rings(session, request, following, purpose="answer", now=now)
    request.touch()
    await session.flush()
    await reschedule(session, request, now=now)
    async with acting_for(session, house):
        note(session, "U", "ring for ServiceRequest", request)
        told = {"step": following.kind, "seconds": following.seconds}
        announce(session, "request.ringing", request, fresh, **told)
        if not is_first:
            announce(session, "request.escalated", request, fresh, **told)


def start_rings(
    session: AsyncSession,
    request: ServiceRequest,
    following: Next,
    *,
    purpose: RingPurpose,
    now: datetime,
) -> list[Ring]:
    """A ring for each of these people, and a step that says so."""
    kind: StepKind = {"answer": "rang", "take-over": "asked-to-take-over", "join": "asked-to-join"}[
        purpose
    ]  # type: ignore[assignment]  # each is a StepKind
    fresh = []
    for person in following.people:
        fresh.append(_ring(request, person, following, purpose, now))
        detail = {
            "step": following.kind,
            "layer": person.layer,
            "round": following.place.round,
            "seconds": following.seconds,
        }
        session.add(
            request.step(kind, at=now, who=person.practitioner_id, name=person.name, detail=detail)
        )
    session.add_all(fresh)
    return fresh


def _ring(
    request: ServiceRequest, person: OnCall, following: Next, purpose: RingPurpose, now: datetime
) -> Ring:
    return Ring(
        organization_id=request.organization_id,
        partner_organization_id=person.organization_id,
        request_id=request.id,
        practitioner_id=person.practitioner_id,
        practitioner_name=person.name,
        purpose=purpose,
        layer=person.layer,
        step=max(following.place.step, 0),
        round=max(following.place.round, 1),
        rung_at=now,
        expires_at=now + timedelta(seconds=following.seconds),
    )


async def _give_up(
    session: AsyncSession, request: ServiceRequest, plan: Plan, *, now: datetime
) -> None:
    """Nobody is left to ring. It stays open, and rings again when somebody comes on call."""
    if request.state == "ringing":
        request.become("unanswered")
    else:
        request.touch()
    request.unanswered_at = now
    session.add(request.step("unanswered", at=now, detail={"ends_with": plan.policy.ends_with}))
    await session.flush()
    await reschedule(session, request, now=now)
    house = request.partner_organization_id or request.organization_id
    async with acting_for(session, house):
        note(session, "U", "leave ServiceRequest unanswered", request)
        announce(session, "request.unanswered", request)


async def ring_newcomers(session: AsyncSession, request: ServiceRequest, *, now: datetime) -> bool:
    """Ring whoever has come on call since nobody was left; whether there is anybody."""
    if request.unanswered_at is None:
        return False
    plan = plan_of(request)
    rings = await rings_of(session, request.id)
    refused = refused_by(request, rings)
    roster = await roster_of(session, plan, now=now)
    sites = {site.service_id: site for site in plan.sites}
    for service_id, people in roster.items():
        if service_id in sites and request.encounter_id is not None:
            continue
        fresh = {
            person.practitioner_id: person
            for person in people
            if person.since > request.unanswered_at and person.practitioner_id not in refused
        }
        if fresh:
            following = Next(
                place=place_of(request),
                kind="site" if service_id in sites else "layer",
                seconds=plan.policy.steps[0].ring_seconds,
                people=tuple(fresh.values()),
                site=sites.get(service_id),
            )
            await ring(session, request, following, now=now, because="came-on-call")
            return True
    return False


async def reschedule(session: AsyncSession, request: ServiceRequest, *, now: datetime) -> None:
    """Write down when the engine must look at a locked request next."""
    rings = await rings_of(session, request.id)
    deadlines = [each.expires_at for each in rings if each.outcome == "ringing"]
    plan = plan_of(request)
    if request.state == "accepted" and not request.dropped_at:
        silent_since = request.silent_since or now
        deadlines.append(silent_since + timedelta(seconds=plan.policy.silent_seconds))
    if request.is_sought and request.unanswered_at:
        services = await services_of(session, plan)
        upcoming = await next_on_call(session, services, after=request.unanswered_at)
        deadlines += [upcoming] if upcoming else []
    request.wake_at = min(deadlines, default=None)


def withdraw(
    rings: Sequence[Ring], *, now: datetime, purpose: RingPurpose | None = None
) -> list[Ring]:
    """Silence whatever still rings, for this purpose or at all; which they were."""
    silenced = [
        each for each in rings if each.outcome == "ringing" and purpose in {None, each.purpose}
    ]
    for each in silenced:
        each.outcome, each.answered_at = "withdrawn", now
    return silenced
