"""Consultations: the clinician's day, one of them, its people, the door, the end."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from app import encounters
from app.config import MOST_IN_CALL
from app.errors import Forbidden
from app.identity import Principal
from app.models.text import Line, Name, Prose
from app.models.time_zone import Day, zone
from app.routers.dependencies import Config, Now, Session, allow
from app.routers.paging import Cursor, Limit, PageOf, after, page_of
from app.routers.problems import problems

CARING = allow("clinician", "crew")
router = APIRouter(prefix="/api/v1/encounters", tags=["encounters"], dependencies=[Depends(CARING)])
Carer = Annotated[Principal, Depends(CARING)]
Status = Literal["planned", "arrived", "in-progress", "finished", "cancelled"]
Role = Literal["clinician", "specialist", "crew", "patient", "guest"]


class EncounterShape(BaseModel):
    """A consultation (FHIR Encounter). `outcome` and `summary` are set when it is finished. All
    with one `group_session_id` meet in one room."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    status: Status
    appointment_id: UUID | None
    group_session_id: UUID | None
    service_request_id: UUID | None
    practitioner_id: UUID
    patient_id: UUID | None
    planned_start: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    outcome: str
    summary: str
    version: int


class DayRowShape(BaseModel):
    """One appointment of the day. `waiting_since` is set while the patient waits; `group` counts
    those who come together, 0 where it is no group."""

    model_config = ConfigDict(from_attributes=True)

    appointment_id: UUID
    encounter_id: UUID | None
    participant_id: UUID | None
    patient_id: UUID
    patient_name: str
    age: int
    reason: str
    channel: Literal["video", "telephone", "in-person"]
    start: datetime
    end: datetime
    state: encounters.RowState
    waiting_since: datetime | None
    group: int


class ParticipantShape(BaseModel):
    """Someone with a seat. `location` is where a patient says they are, for an emergency."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    role: Role
    name: str
    role_label: str
    practitioner_id: UUID | None
    patient_id: UUID | None
    admitted_at: datetime | None
    waiting_since: datetime | None
    last_seen_at: datetime | None
    removed_at: datetime | None
    location: str


class MessageShape(BaseModel):
    """A chat line."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    participant_id: UUID
    name: str
    text: str
    sent_at: datetime


class Admission(BaseModel):
    """Who is let in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    participant_id: UUID


class Ending(BaseModel):
    """How it ended. The patient reads `summary`. In a group `others` are consultations that end
    with it, with the same outcome and summary: each of those patients reads it too."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    outcome: encounters.Outcome
    summary: Prose = ""
    others: Annotated[list[UUID], Field(max_length=MOST_IN_CALL)] = []


class Guest(BaseModel):
    """Whom to invite; `role_label` says what they are to the patient. `id` is the caller's own:
    sent again, the same seat gets a new link."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: UUID
    name: Name
    role_label: Line = ""


class LinkShape(BaseModel):
    """A guest's way in. `join_url` is given here only: nobody can read it again."""

    participant_id: UUID
    join_url: str
    expires_at: datetime


@router.get("")
async def list_day(
    carer: Carer,
    session: Session,
    config: Config,
    now: Now,
    day: Annotated[Day | None, Query(description="Today when absent")] = None,
) -> PageOf[DayRowShape]:
    """The signed-in clinician's day in time order. All of it is one page."""
    if carer.practitioner_id is None:
        raise Forbidden("Only clinicians have a day.")
    here = day or now.astimezone(zone(config.time_zone)).date()
    rows = await encounters.today(session, carer.practitioner_id, day=here, zone=config.time_zone)
    return PageOf(items=[DayRowShape.model_validate(row) for row in rows], next=None)


@router.get("/{encounter_id}", responses=problems(404))
async def read_encounter(
    encounter_id: UUID, session: Session, response: Response
) -> EncounterShape:
    """One consultation."""
    found = await encounters.read_encounter(session, encounter_id)
    response.headers["ETag"] = found.etag
    return EncounterShape.model_validate(found)


@router.get("/{encounter_id}/participants", responses=problems(404))
async def list_participants(encounter_id: UUID, session: Session) -> PageOf[ParticipantShape]:
    """Who has a seat, who waits, who is in. All of them are one page."""
    people = await encounters.read_participants(session, encounter_id)
    return PageOf(items=[ParticipantShape.model_validate(person) for person in people], next=None)


@router.get("/{encounter_id}/messages", responses=problems(404))
async def list_messages(
    encounter_id: UUID, session: Session, limit: Limit = 25, cursor: Cursor = None
) -> PageOf[MessageShape]:
    """What was said in the chat, oldest first."""
    start = after(cursor, limit, datetime, UUID)
    page = await encounters.read_messages(session, encounter_id, after=start)
    return page_of(page, MessageShape.model_validate)


@router.post("/{encounter_id}/admit", responses=problems(404, 409, 410))
async def admit(
    encounter_id: UUID, body: Admission, session: Session, now: Now
) -> ParticipantShape:
    """Let someone in who waits. Their page follows at once."""
    admitted = await encounters.let_in(session, encounter_id, body.participant_id, now=now)
    return ParticipantShape.model_validate(admitted)


@router.post("/{encounter_id}/finish", responses=problems(404, 409))
async def finish(
    encounter_id: UUID, body: Ending, session: Session, now: Now, response: Response
) -> EncounterShape:
    """End it for everyone, with an outcome; in a group for its patient, and those of `others`.
    Once more changes nothing."""
    finished = await encounters.finish_together(
        session,
        encounter_id,
        others=body.others,
        outcome=body.outcome,
        summary=body.summary,
        now=now,
    )
    response.headers["ETag"] = finished.etag
    return EncounterShape.model_validate(finished)


@router.post("/{encounter_id}/links", status_code=201, responses=problems(404, 410))
async def invite(
    *, encounter_id: UUID, body: Guest, session: Session, config: Config, now: Now
) -> LinkShape:
    """Invite a third person: an interpreter, family, a colleague."""
    invited = await encounters.invite(
        session, encounter_id, id=body.id, name=body.name, role_label=body.role_label, now=now
    )
    return LinkShape(
        participant_id=invited.participant_id,
        join_url=f"{config.base_url}/join#{invited.secret}",
        expires_at=invited.expires_at,
    )
