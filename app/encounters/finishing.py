"""The end of a consultation, which only someone who gives care brings about."""

from collections.abc import Collection
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.encounters.records import encounter_of, participants_of, require_care_team
from app.encounters.rooms import announce_end, locked_room
from app.errors import Forbidden, InvalidInput
from app.identity import Principal
from app.models import (
    Appointment,
    Attendance,
    Encounter,
    JoinLink,
    RequestOwner,
    Ring,
    ServiceRequest,
)
from app.outbox import emit

Outcome = Literal["advice", "prescription", "referral", "follow-up", "conveyed", "discharged"]


async def finish(
    session: AsyncSession,
    encounter_id: UUID,
    *,
    outcome: Outcome,
    summary: str,
    now: datetime,
) -> Encounter:
    """End it for everyone; its appointment is fulfilled, its urgent request completed.

    A second tap on the button changes nothing.
    Raises ResourceNotFound, Forbidden, InvalidTransition.
    """
    encounter = await encounter_of(session, encounter_id)
    # The order of locks is request, encounter, appointment everywhere.
    request = await _locked_request(session, encounter)
    encounter = (await locked_room(session, encounter_id)).encounter
    principal = require_care_team(session, encounter)
    if not principal.has("clinician"):
        raise Forbidden("A clinician finishes the consultation.")
    if encounter.status == "finished":
        return encounter
    encounter.become("finished")
    encounter.finished_at, encounter.outcome, encounter.summary = now, outcome, summary
    await _close_behind(session, encounter, now)
    if request and request.state == "accepted":
        await complete_request(
            session, request, principal, outcome=outcome, advice=summary, now=now
        )
        _tell_closed(session, request)
    audit.record(
        session,
        "U",
        "finish Encounter",
        resource="Encounter",
        resource_id=encounter.id,
        patient_id=encounter.patient_id,
        encounter_id=encounter.id,
    )
    await announce_end(session, encounter)
    await session.flush()
    return encounter


async def finish_together(
    session: AsyncSession,
    encounter_id: UUID,
    *,
    others: Collection[UUID],
    outcome: Outcome,
    summary: str,
    now: datetime,
) -> Encounter:
    """End it and those others of its group, each patient's own, with one outcome and one summary.

    All or none. Raises InvalidInput where one is not of the group, and what `finish` does.
    """
    if others:
        room = await locked_room(session, encounter_id)
        if not set(others) <= set(room.ids):
            raise InvalidInput.field("others", "Name consultations of the same group.")
    for other in sorted(set(others) - {encounter_id}):
        await finish(session, other, outcome=outcome, summary=summary, now=now)
    return await finish(session, encounter_id, outcome=outcome, summary=summary, now=now)


async def call_off(session: AsyncSession, encounter: Encounter, *, now: datetime) -> None:
    """A locked consultation that never began does not take place; who waits is sent away."""
    encounter.become("cancelled")
    encounter.finished_at = now
    await _close_behind(session, encounter, now)
    await announce_end(session, encounter)


async def _locked_request(session: AsyncSession, encounter: Encounter) -> ServiceRequest | None:
    if encounter.service_request_id is None:
        return None
    found: ServiceRequest | None = await session.scalar(
        select(ServiceRequest)
        .where(ServiceRequest.id == encounter.service_request_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found


async def _close_behind(session: AsyncSession, encounter: Encounter, now: datetime) -> None:
    await session.execute(
        update(Attendance)
        .where(Attendance.encounter_id == encounter.id, Attendance.left_at.is_(None))
        .values(left_at=now)
    )
    for person in await participants_of(session, encounter.id):
        person.waiting_since = None
        if person.role == "guest":
            await session.execute(
                update(JoinLink)
                .where(JoinLink.participant_id == person.id, JoinLink.revoked_at.is_(None))
                .values(revoked_at=now)
            )
    if encounter.appointment_id is None:
        return
    appointment = await session.get(Appointment, encounter.appointment_id, with_for_update=True)
    if appointment and appointment.status in {"booked", "arrived"}:
        appointment.become("fulfilled")


async def complete_request(
    session: AsyncSession,
    request: ServiceRequest,
    closer: Principal,
    *,
    outcome: str,
    advice: str,
    now: datetime,
) -> None:
    """A locked request is over: nobody owns it any more, and nothing rings.

    Raises InvalidTransition unless it was answered.
    """
    request.become("completed")
    request.closed_at, request.outcome, request.advice = now, outcome, advice
    request.held_at = request.dropped_at = request.silent_since = None
    request.unanswered_at = request.wake_at = None
    detail: dict[str, object] = {"outcome": outcome}
    session.add(
        request.step("closed", at=now, who=closer.practitioner_id, name=closer.name, detail=detail)
    )
    await session.execute(
        update(RequestOwner)
        .where(RequestOwner.request_id == request.id, RequestOwner.until_at.is_(None))
        .values(until_at=now)
    )
    await session.execute(
        update(Ring)
        .where(Ring.request_id == request.id, Ring.outcome == "ringing")
        .values(outcome="withdrawn", answered_at=now)
    )
    await session.flush()


def _tell_closed(session: AsyncSession, request: ServiceRequest) -> None:
    houses = {request.partner_organization_id, *request.asked_organization_ids}
    emit(
        session,
        "request.closed",
        request.id,
        audience={
            f"practitioner:{request.requester_id}",
            f"crew@{request.organization_id}",
            *(f"clinician@{house}" for house in houses),
        },
        payload={"state": request.state, "encounter_id": str(request.encounter_id)},
    )
