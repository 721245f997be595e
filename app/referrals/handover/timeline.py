"""Everything that happened to a case, in order: one line each. Pure.

What happened without a signal stands where it happened, and says when it arrived.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.models import CaseEntry, HandoverLink, Note, Observation, Ring, ServiceRequest
from app.observations import VITAL_SIGNS
from app.referrals.forms.answers import CaseForm
from app.referrals.forms.fields import FIELDS, ONE_TREATMENT, TREATMENT
from app.referrals.forms.lines import clock

ONE_SPELL = timedelta(minutes=5)
"""What one person types with no longer pause is one line of the timeline."""
ARRIVED_LATE = timedelta(minutes=2)
"""Later than a slow line: it waited on the device."""
_RING_ENDED = {
    "declined": "declined",
    "missed": "did not answer",
    "withdrawn": "was no longer needed",
}
_CLOSED = {"revoked": "The request was cancelled.", "completed": "The request was closed."}


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened, and when it arrived where that was much later."""

    at: datetime
    words: str
    arrived_at: datetime | None = None


def in_order(*several: Iterable[Happening]) -> tuple[Happening, ...]:
    """All of them by time; what is of the same instant stays in the order given."""
    return tuple(sorted((one for each in several for one in each), key=lambda one: one.at))


def of_request(request: ServiceRequest, rings: Sequence[Ring]) -> list[Happening]:
    """Raised, rung, missed, declined, answered, closed."""
    asked_by = ", ".join(part for part in (request.requester_name, request.call_sign) if part)
    happened = [Happening(request.raised_at, f"{asked_by or 'The crew'} asked for advice.")]
    for ring in rings:
        happened.append(Happening(ring.rung_at, f"{ring.practitioner_name} was rung."))
        ended = _RING_ENDED.get(ring.outcome)
        if ended:
            reason = f": {ring.decline_reason}" if ring.decline_reason else ""
            at = ring.answered_at or ring.expires_at
            happened.append(Happening(at, f"{ring.practitioner_name} {ended}{reason}."))
    if request.accepted_at:
        happened.append(Happening(request.accepted_at, f"{request.accepted_by_name} answered."))
    if request.closed_at:
        words = _CLOSED.get(request.state, _CLOSED["completed"])
        happened.append(Happening(request.closed_at, words))
    return happened


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
    ordered = sorted(rows, key=lambda row: list(VITAL_SIGNS).index(row.code))
    words = ", ".join(f"{_sign(row)} {reading(row)}" for row in ordered)
    first = min(row.taken_at for row in rows)
    return Happening(
        first, f"Vital signs by {who}: {words}.", _late(first, max(r.created_at for r in rows))
    )


def _sign(row: Observation) -> str:
    return VITAL_SIGNS[row.code].name.lower()


def reading(row: Observation) -> str:
    """`104`, `37.2`, `Alert`."""
    if row.value is None:
        return VITAL_SIGNS[row.code].words_of(row.text_value)
    return f"{row.value:g}"


def of_notes(notes: Iterable[Note]) -> list[Happening]:
    """That a note was written; its words are in the record of the consultation."""
    return [
        Happening(note.created_at, f"{note.author_name or 'Somebody'} wrote a note.")
        for note in notes
    ]


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
    waited = f" (no signal then; received {clock(late, zone)})" if late else ""
    return f"{clock(happening.at, zone)} {happening.words}{waited}"
