"""Everything that happened to a case, in order: one line each. Pure.

What happened without a signal stands where it happened, and says when it arrived.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.models import (
    CaseEntry,
    Document,
    HandoverLink,
    Note,
    Observation,
    RequestNote,
    RequestStep,
    Ring,
)
from app.observations import VITAL_SIGNS
from app.referrals.forms.answers import CaseForm
from app.referrals.forms.fields import FIELDS, ONE_TREATMENT, TREATMENT
from app.referrals.forms.lines import clock

ONE_SPELL = timedelta(minutes=5)
"""What one person types with no longer pause is one line of the timeline."""
ARRIVED_LATE = timedelta(minutes=2)
"""Later than a slow line: it waited on the device."""
DOCUMENTS: Mapping[str, str] = {
    "still": "Still picture",
    "photo": "Photo",
    "ecg": "ECG",
    "clip": "Video clip",
    "other": "Document",
}
STEPS: Mapping[str, str] = {
    "raised": "{name} asked for advice.",
    "rang": "{name} was rung.",
    "declined": "{name} declined{reason}.",
    "missed": "{name} did not answer.",
    "unanswered": "Nobody was left to ring.",
    "came-on-call": "{name} came on call.",
    "moved": "The request went on to {organization_name}.",
    "accepted": "{name} answered.",
    "dropped": "The line to {name} dropped.",
    "came-back": "{name} came back.",
    "held": "{name} put the call on hold.",
    "resumed": "{name} came back from hold.",
    "asked-to-take-over": "{name} was asked to take over.",
    "handed-over": "{name} took over.",
    "asked-to-join": "{name} was asked to join.",
    "joined": "{name} joined.",
    "cancelled": "The request was cancelled.",
    "closed": "The request was closed.",
}
"""Each kind of step (RequestStep.kind), as the record says it."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened, and when it arrived where that was much later."""

    at: datetime
    words: str
    arrived_at: datetime | None = None


def in_order(*several: Iterable[Happening]) -> tuple[Happening, ...]:
    """All of them by time; what is of the same instant stays in the order given."""
    return tuple(sorted((one for each in several for one in each), key=lambda one: one.at))


def of_steps(steps: Iterable[RequestStep], rings: Iterable[Ring] = ()) -> list[Happening]:
    """Raised, rung, missed, declined, answered, held, handed over, closed: as the engine wrote
    it down. Who declined said why in their ring."""
    reasons: dict[tuple[UUID | None, datetime | None], str] = {
        (ring.practitioner_id, ring.answered_at): ring.decline_reason
        for ring in rings
        if ring.decline_reason
    }
    return [
        Happening(step.at, _step_words(step, reasons.get((step.who_id, step.at), "")))
        for step in sorted(steps, key=lambda step: step.sequence)
    ]


def _step_words(step: RequestStep, reason: str) -> str:
    return STEPS[step.kind].format(
        name=step.who_name or "Somebody",
        reason=f": {reason}" if reason else "",
        organization_name=step.detail.get("organization_name", "another site"),
    )


def of_typing(entries: Iterable[CaseEntry]) -> list[Happening]:
    """Who wrote what: the fields of one spell in one line, by name."""
    spells: dict[str, list[CaseEntry]] = {}
    happened = []
    for entry in sorted(entries, key=lambda entry: (entry.typed_at, entry.id)):
        if entry.field.startswith(TREATMENT):
            continue
        spell = spells.get(entry.typed_by_name)
        if spell and entry.typed_at - spell[-1].typed_at > ONE_SPELL:
            happened.append(_spell(spells.pop(entry.typed_by_name)))
        spells.setdefault(entry.typed_by_name, []).append(entry)
    return happened + [_spell(spell) for spell in spells.values()]


def _spell(entries: Sequence[CaseEntry]) -> Happening:
    names = dict.fromkeys(_name(entry.field) for entry in entries)
    who = entries[0].typed_by_name or "The crew"
    return Happening(
        entries[0].typed_at,
        f"{who} wrote: {'; '.join(names)}.",
        _late(entries[-1].typed_at, max(entry.created_at for entry in entries)),
    )


def _name(code: str) -> str:
    field = FIELDS.get(code)
    return field.label.partition(":")[0] if field else code


def of_treatments(form: CaseForm) -> list[Happening]:
    """Each when it was given; where nobody knows when, at the time it was written down."""
    happened = []
    for given in form.treatments:
        entry = form.current[given.code]
        name = given.words if given.what == "other" and given.words else None
        words = ", ".join(
            part
            for part in (
                name or ONE_TREATMENT.words_of(given.what),
                given.dose,
                given.words if not name else "",
            )
            if part
        )
        unsure = "" if given.at else " (written down then; given at a time not known)"
        happened.append(Happening(given.at or entry.typed_at, f"Treatment: {words}{unsure}."))
    return happened


def of_observations(rows: Iterable[Observation]) -> list[Happening]:
    """What was measured within one minute by one person or device, in one line."""
    sets: dict[tuple[datetime, str], list[Observation]] = defaultdict(list)
    for row in rows:
        if row.status == "final":
            minute = row.taken_at.replace(second=0, microsecond=0)
            sets[minute, row.recorded_by_name or row.source].append(row)
    return [_measured(who, found) for (_, who), found in sets.items()]


def _measured(who: str, rows: Sequence[Observation]) -> Happening:
    ordered = sorted(rows, key=lambda row: (list(VITAL_SIGNS).index(row.code), row.taken_at))
    words = ", ".join(_sign(row) for row in ordered)
    first = min(row.taken_at for row in rows)
    return Happening(
        first, f"Vital signs by {who}: {words}.", _late(first, max(r.created_at for r in rows))
    )


def _sign(row: Observation) -> str:
    sign = VITAL_SIGNS[row.code]
    if sign.is_coded:
        return reading(row).lower()
    is_proper = sign.name != sign.name.capitalize()
    return f"{sign.name if is_proper else sign.name.lower()} {reading(row)}"


def reading(row: Observation) -> str:
    """`104`, `37.2`, `Alert`."""
    if row.value is None:
        return VITAL_SIGNS[row.code].words_of(row.text_value)
    return f"{row.value:g}"


def of_documents(documents: Iterable[Document]) -> list[Happening]:
    """Each picture and ECG when it was taken; one that was a mistake says so."""
    return [
        Happening(
            each.taken_at,
            f"{document_words(each)}, by {each.recorded_by_name or 'a device'}"
            + (", entered in error" if each.status != "current" else "")
            + ".",
            _late(each.taken_at, each.received_at),
        )
        for each in documents
    ]


def document_words(document: Document) -> str:
    """`Photo: left leg`."""
    kind = DOCUMENTS.get(document.kind, "Document")
    return f"{kind}: {document.caption}" if document.caption else kind


def of_notes(notes: Iterable[Note]) -> list[Happening]:
    """That a note was written; its words are in the record of the consultation."""
    return [
        Happening(note.created_at, f"{note.author_name or 'Somebody'} wrote a note.")
        for note in notes
    ]


def of_crew_notes(notes: Iterable[RequestNote]) -> list[Happening]:
    """What the crew wrote, in its words: nobody else has kept them."""
    happened = []
    for note in notes:
        at = note.written_at or note.received_at
        words = f"{note.author_name} noted: {' '.join(note.text.split())}"
        happened.append(Happening(at, words, _late(at, note.received_at)))
    return happened


def of_links(links: Iterable[HandoverLink]) -> list[Happening]:
    """To whom the handover was sent, and who opened it first."""
    happened = []
    for link in links:
        who = link.made_by_name or "Somebody"
        happened.append(Happening(link.created_at, f"{who} sent this page to {link.recipient}."))
        if link.opened_at:
            by = f"{link.opened_by_name}, {link.recipient},"
            happened.append(Happening(link.opened_at, f"{by} opened this page."))
        if link.revoked_at:
            happened.append(Happening(link.revoked_at, f"The link for {link.recipient} ended."))
    return happened


def _late(at: datetime, arrived: datetime) -> datetime | None:
    return arrived if arrived - at > ARRIVED_LATE else None


def line(happening: Happening, zone: str) -> str:
    """`14:32 Dr Shah answered.`, and when it arrived where that was late."""
    late = happening.arrived_at
    waited = f" (received {clock(late, zone)})" if late else ""
    return f"{clock(happening.at, zone)} {happening.words}{waited}"
