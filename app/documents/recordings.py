"""Recorded calls: asked for, agreed to, begun and over, as the room tells.

What the room tells may come twice and changes nothing the second time.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.documents.keys import opening_of, sealing_of
from app.documents.retention import keep_until
from app.documents.subjects import Subject, age_of, subject_of_encounter
from app.errors import EncounterOver, Forbidden, ResourceNotFound, Unavailable
from app.models import (
    Encounter,
    EncounterParticipant,
    Recording,
    RecordingConsent,
)
from app.outbox import emit
from app.sealing import KEY_BYTES, CannotUnseal, Sealing

RecordingEvent = Literal[
    "agreed", "declined", "withdrew", "started", "paused", "resumed", "stopped", "failed", "written"
]
WORDS = (
    "We would like to record this call: sound and picture of everyone in it. It is kept with the "
    "record of this consultation, and only those who care for the patient can play it. You can "
    "say no, and the call goes on as it is. You can stop the recording at any time."
)
"""Shown to everyone who is asked, and kept with what they answered."""
GROUP_WORDS = (
    "In a group call the recording shows everybody. It is kept with the record of the one patient "
    "for whom it was asked, and only those who care for that patient can play it."
)
"""Said beside them to a group."""

_DONE = {
    "agreed": "agree to Recording",
    "declined": "decline Recording",
    "withdrew": "withdraw consent to Recording",
    "started": "start Recording",
    "paused": "pause Recording",
    "resumed": "resume Recording",
    "stopped": "stop Recording",
    "failed": "fail Recording",
    "written": "write Recording",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A recording to ask everyone in the room for; the key is for the room server's memory."""

    recording: Recording
    participant_id: UUID
    key: bytes = field(repr=False)


def key_context(recording_id: UUID) -> str:
    """What a recording's wrapped key is sealed for."""
    return f"recording {recording_id} key"


async def ask(
    session: AsyncSession, encounter_id: UUID, *, sealing: Sealing, now: datetime
) -> Asked:
    """Prepare a recording of a call that goes on, with a key of its own.

    Raises ResourceNotFound, Forbidden, EncounterOver, KeyErased, Unavailable.
    """
    subject = await subject_of_encounter(session, encounter_id)
    encounter = subject.encounter
    if encounter is None or encounter.is_over:
        raise EncounterOver
    seat = await _seat(session, subject)
    recording_id, key = uuid4(), os.urandom(KEY_BYTES)
    own = await sealing_of(session, sealing, encounter.organization_id)
    recording = Recording(
        id=recording_id,
        organization_id=encounter.organization_id,
        partner_organization_id=encounter.partner_organization_id,
        encounter_id=encounter.id,
        patient_id=encounter.patient_id,
        asked_by_name=subject.principal.name,
        asked_at=now,
        keep_until=keep_until(now, await age_of(session, subject, now)),
        sealed_key=own.seal(key, key_context(recording_id)),
    )
    session.add(recording)
    note_deed(session, "C", "ask for Recording", recording)
    await session.flush()
    return Asked(recording, seat.id, key)


async def _seat(session: AsyncSession, subject: Subject) -> EncounterParticipant:
    seat = await session.scalar(
        select(EncounterParticipant).where(
            EncounterParticipant.encounter_id == subject.encounter_id,
            EncounterParticipant.practitioner_id == subject.principal.practitioner_id,
        )
    )
    if seat is None or seat.role not in {"clinician", "specialist"}:
        raise Forbidden("Only a clinician who is in the call can ask to record it.")
    return seat


async def abandon(session: AsyncSession, recording_id: UUID, *, now: datetime) -> None:
    """Nobody could be asked: its key goes before anything was sealed with it."""
    recording = await locked(session, recording_id)
    if recording.state == "asked":
        _void(recording, now)
        note_deed(session, "U", "abandon Recording", recording)


async def note(
    session: AsyncSession,
    recording_id: UUID,
    event: RecordingEvent,
    *,
    participant_id: UUID | None,
    at: datetime,
) -> None:
    """What became of a recording in its room. Raises ResourceNotFound."""
    recording = await locked(session, recording_id)
    is_new = _follow(recording, event, at)
    if participant_id is not None and event in {"agreed", "declined", "withdrew"}:
        is_new = await _keep_word(session, recording, participant_id, event, at)
    if not is_new:
        return
    note_deed(session, "U", _DONE[event], recording)
    announce_recording(session, recording)
    await session.flush()


def announce_recording(session: AsyncSession, recording: Recording) -> None:
    """Tell the pages of those who care for the patient that something became of it."""
    houses = {recording.organization_id, recording.partner_organization_id} - {None}
    emit(
        session,
        "recording.changed",
        recording.id,
        audience={f"{role}@{house}" for role in ("clinician", "crew") for house in houses},
        payload={"encounter_id": str(recording.encounter_id), "state": recording.state},
    )


def _follow(recording: Recording, event: RecordingEvent, at: datetime) -> bool:
    """Whether this is news: pauses alone may be told twice and count twice."""
    if event == "started":
        return _start(recording, at)
    if event == "written":
        is_over = recording.state == "recording"
        recording.state = "ended" if is_over else recording.state
        return is_over
    if event in {"declined", "withdrew", "stopped", "failed"}:
        return _end(recording, at)
    return True


def _start(recording: Recording, at: datetime) -> bool:
    if recording.state != "asked":
        return False
    recording.state, recording.started_at = "recording", at
    return True


def _end(recording: Recording, at: datetime) -> bool:
    if recording.ended_at is not None:
        return False
    recording.ended_at = at
    if recording.state == "asked":
        _void(recording, at)
    return True


def _void(recording: Recording, now: datetime) -> None:
    recording.state, recording.sealed_key, recording.erased_at = "void", None, now


async def _keep_word(
    session: AsyncSession,
    recording: Recording,
    participant_id: UUID,
    event: RecordingEvent,
    at: datetime,
) -> bool:
    """Whether it had not been told before. Raises ResourceNotFound."""
    consent = await session.scalar(
        select(RecordingConsent).where(
            RecordingConsent.recording_id == recording.id,
            RecordingConsent.participant_id == participant_id,
        )
    )
    if consent is not None:
        is_new = event == "withdrew" and consent.withdrawn_at is None
        if is_new:
            consent.withdrawn_at = at
        return is_new
    person = await session.get(EncounterParticipant, participant_id)
    if person is None:
        raise ResourceNotFound("EncounterParticipant", participant_id)
    session.add(
        RecordingConsent(
            organization_id=recording.organization_id,
            partner_organization_id=recording.partner_organization_id,
            recording_id=recording.id,
            participant_id=person.id,
            name=person.display_name,
            decision="permit" if event == "agreed" else "deny",
            words=await _words_of(session, recording),
            decided_at=at,
        )
    )
    return True


async def _words_of(session: AsyncSession, recording: Recording) -> str:
    encounter = await session.get_one(Encounter, recording.encounter_id)
    return WORDS if encounter.group_session_id is None else f"{WORDS} {GROUP_WORDS}"


async def locked(session: AsyncSession, recording_id: UUID) -> Recording:
    """The recording, to be changed. Raises ResourceNotFound."""
    recording = await session.get(Recording, recording_id, with_for_update=True)
    if recording is None:
        raise ResourceNotFound("Recording", recording_id)
    return recording


async def recordings_of(session: AsyncSession, encounter_id: UUID) -> Sequence[Recording]:
    """A consultation's recordings, newest first; what nobody agreed to is none.

    Raises ResourceNotFound, Forbidden.
    """
    await subject_of_encounter(session, encounter_id)
    found = await session.scalars(
        select(Recording)
        .where(Recording.encounter_id == encounter_id, Recording.state != "void")
        .order_by(Recording.asked_at.desc(), Recording.id)
    )
    return found.all()


async def recording_of(session: AsyncSession, recording_id: UUID) -> Recording:
    """One recording, for those who may see its consultation. Raises the same."""
    recording = await session.get(Recording, recording_id)
    if recording is None:
        raise ResourceNotFound("Recording", recording_id)
    await subject_of_encounter(session, recording.encounter_id)
    note_deed(session, "R", "read Recording", recording)
    return recording


async def consents_of(session: AsyncSession, recording_id: UUID) -> Sequence[RecordingConsent]:
    """Who said what to it, in that order."""
    found = await session.scalars(
        select(RecordingConsent)
        .where(RecordingConsent.recording_id == recording_id)
        .order_by(RecordingConsent.decided_at, RecordingConsent.id)
    )
    return found.all()


async def unwrapped(session: AsyncSession, sealing: Sealing, recording: Recording) -> bytes:
    """The recording's own key. Raises KeyErased, and Unavailable where this installation cannot
    open it."""
    own = await opening_of(session, sealing, recording.organization_id)
    try:
        return own.unseal(recording.sealed_key or b"", key_context(recording.id))
    except CannotUnseal:
        raise Unavailable("This recording cannot be opened just now.") from None


def note_deed(session: AsyncSession, action: audit.Action, what: str, recording: Recording) -> None:
    """Put on record what was done to a recording."""
    audit.record(
        session,
        action,
        what,
        resource="Recording",
        resource_id=recording.id,
        patient_id=recording.patient_id,
        encounter_id=recording.encounter_id,
    )
