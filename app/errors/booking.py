"""Why a time cannot be had, or an appointment not be changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.errors.tree import Conflict, Gone


@dataclass(frozen=True, slots=True)
class FreeSlot:
    """A time that could be booked instead."""

    practitioner_id: UUID
    start: datetime
    end: datetime


class SlotNotFree(Conflict):
    """The time is taken. Names the next free ones."""

    slug = "slot-not-free"
    title = "That time has just been taken"

    def __init__(self, next_free: Sequence[FreeSlot] = ()) -> None:
        self.next_free = tuple(next_free)
        super().__init__()

    def extensions(self) -> Mapping[str, object]:
        return {"next_free": [_slot(slot) for slot in self.next_free]}


def _slot(slot: FreeSlot) -> Mapping[str, object]:
    return {
        "practitioner_id": str(slot.practitioner_id),
        "start": slot.start.isoformat(),
        "end": slot.end.isoformat(),
    }


@dataclass(frozen=True, slots=True)
class OccurrenceProblem:
    """An occurrence of a series that cannot be as asked: `problem` is a code, `wall_start` local.
    `alternatives` are free times near it."""

    day: date
    wall_start: str
    problem: str
    detail: str
    alternatives: Sequence[FreeSlot] = ()


class SeriesConflict(Conflict):
    """Some occurrences of a series cannot be as asked. Nothing was changed; each is named."""

    slug = "series-conflict"
    title = "Some of these times cannot be booked"

    def __init__(self, occurrences: Sequence[OccurrenceProblem]) -> None:
        self.occurrences = tuple(occurrences)
        super().__init__()

    def extensions(self) -> Mapping[str, object]:
        return {"occurrences": [_occurrence(each) for each in self.occurrences]}


def _occurrence(each: OccurrenceProblem) -> Mapping[str, object]:
    return {
        "day": each.day.isoformat(),
        "wall_start": each.wall_start,
        "problem": each.problem,
        "detail": each.detail,
        "alternatives": [_slot(slot) for slot in each.alternatives],
    }


@dataclass(frozen=True, slots=True)
class AffectedBooking:
    """A booking that a change of rotas would leave without a slot."""

    id: UUID
    start: datetime
    practitioner_id: UUID


class BookingsAffected(Conflict):
    """Saving would leave bookings outside of the rota. Names the first hundred."""

    slug = "bookings-affected"
    title = "Some bookings would not be in the rota any more"

    def __init__(self, bookings: Sequence[AffectedBooking]) -> None:
        self.bookings = tuple(bookings)
        super().__init__("Move or cancel them first, or say that they are to be kept.")

    def extensions(self) -> Mapping[str, object]:
        return {
            "affected": len(self.bookings),
            "bookings": [
                {
                    "id": str(booking.id),
                    "start": booking.start.isoformat(),
                    "practitioner_id": str(booking.practitioner_id),
                }
                for booking in self.bookings[:100]
            ],
        }


class PatientBusy(Conflict):
    slug = "patient-busy"
    title = "The patient has another appointment at that time"


class PatientNotMatched(Conflict):
    """Another organisation's record differs. Which part of it is not said."""

    slug = "patient-not-matched"
    title = "The patient's details could not be matched"
    resource, resource_id = "Patient", ""


class HoldExpired(Conflict):
    slug = "hold-expired"
    title = "The hold on this time has run out"


class BulkRefused(Conflict):
    """A line of many was refused and all were to be done or none. `results` has one a line."""

    slug = "bulk-refused"
    title = "Some lines were refused, so nothing was done"

    def __init__(self, results: Sequence[Mapping[str, object]]) -> None:
        self.results = tuple(results)
        super().__init__()

    def extensions(self) -> Mapping[str, object]:
        return {"results": list(self.results)}


class ChangeNotAllowed(Conflict):
    """A patient may not move or cancel this online (any more). `phone` is whom to ring."""

    slug = "change-not-allowed"
    title = "This appointment cannot be changed online"

    def __init__(self, reason: str, phone: str = "") -> None:
        self.reason, self.phone = reason, phone
        super().__init__(reason)

    def extensions(self) -> Mapping[str, object]:
        return {"phone": self.phone}


class OfferOver(Gone):
    """An offer of the waiting list that was answered, ran out or was taken back; `state` is which,
    as WaitingListOffer.status has it, `waits` whether the patient is still on the list, and
    `phone` whom to ring, where a link led to it."""

    slug = "offer-over"
    title = "This offer is over"

    def __init__(self, state: str, *, waits: bool, phone: str = "") -> None:
        self.state, self.waits, self.phone = state, waits, phone
        where = "still on the waiting list" if waits else "not on the waiting list any more"
        super().__init__(f"{_OFFER_OVER[state]} The patient is {where}.")

    def extensions(self) -> Mapping[str, object]:
        return {"state": self.state, "waits": self.waits, "phone": self.phone}


_OFFER_OVER = {
    "accepted": "This appointment has been booked already.",
    "declined": "This offer was declined.",
    "lapsed": "This offer has run out.",
    "withdrawn": "This offer was taken back.",
}
