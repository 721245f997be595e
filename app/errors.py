"""The tree of domain errors. Each knows its HTTP status, FHIR issue code and WebSocket close code.

DomainError
├── NotFound            404 not-found   ResourceNotFound
├── Gone                410 not-found   LinkExpired, LinkLocked, EncounterOver, OfferOver
├── NotAllowed
│   ├── NotAuthenticated  401 login     SignInFailed, TokenRefused, InvalidClient, WrongBirthDate
│   ├── Forbidden         403 forbidden Removed
│   └── TooManyRequests   429 throttled
├── Conflict            409 conflict    SlotNotFree, PatientBusy, InvalidTransition,
│   │                                   BookingsAffected,
│   │                                   AlreadyAnswered, DuplicateRecord, InFlight,
│   │                                   NotOpenYet, BulkRefused, PatientNotMatched, ChangeNotAllowed
│   │                                   NotOpenYet, ChangeNotAllowed, SeriesConflict
│   ├── StaleVersion      412
│   └── VersionRequired   428
├── Invalid             422 invalid     InvalidInput, IdempotencyMismatch, MissingIdempotencyKey,
│                                       InvalidGrant
└── Unavailable         503 transient   RoomServerUnavailable

Raise in a model or a use case; `main.py` (HTTP) and `routers/` (sockets) translate. A message
holds nothing internal and nothing of a patient.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field: `field` is its path in the body, dots between."""

    field: str
    detail: str


class DomainError(Exception):
    """A refusal the caller can act on."""

    status: ClassVar[int] = 500
    issue: ClassVar[str] = "processing"
    slug: ClassVar[str] = "error"
    title: ClassVar[str] = "Something went wrong"
    close_code: ClassVar[int] = 4502

    def __init__(self, detail: str = "") -> None:
        self.detail = detail or self.title
        super().__init__(self.detail)

    def extensions(self) -> Mapping[str, object]:
        """More members of the problem document (RFC 9457 §3.2)."""
        return {}

    def headers(self) -> Mapping[str, str]:
        """Response headers that go with the refusal."""
        return {}


class NotFound(DomainError):
    status, issue, slug = 404, "not-found", "not-found"
    title = "We could not find that"


class ResourceNotFound(NotFound):
    """No such record, or another organisation's: the caller cannot tell which."""

    def __init__(self, resource: str, resource_id: UUID | str) -> None:
        self.resource, self.resource_id = resource, resource_id
        super().__init__(f"There is no {resource} with this id.")


class Gone(DomainError):
    status, issue, slug = 410, "not-found", "gone"
    title = "This is no longer available"


class LinkExpired(Gone):
    """A join link that has ended, was withdrawn or was never ours."""

    slug = "link-expired"
    title = "This link does not work any more"


class LinkLocked(Gone):
    """Too many wrong dates of birth. `phone` is whom to ring for a new link."""

    slug = "link-locked"
    title = "This link has been locked"

    def __init__(self, phone: str) -> None:
        self.phone = phone
        super().__init__("The date of birth was wrong too many times. Ring us for a new link.")

    def extensions(self) -> Mapping[str, object]:
        return {"phone": self.phone}


class EncounterOver(Gone):
    """The consultation has ended, or was cancelled: nobody joins any more."""

    slug, close_code = "encounter-over", 4503
    title = "This consultation is over"


class OfferOver(Gone):
    """An offer of the waiting list that was answered, ran out or was taken back; `state` is which,
    as WaitingListOffer.status has it."""

    slug = "offer-over"
    title = "This offer is over"

    def __init__(self, state: str) -> None:
        self.state = state
        super().__init__(_OFFER_OVER.get(state, self.title))

    def extensions(self) -> Mapping[str, object]:
        return {"state": self.state}


_OFFER_OVER = {
    "accepted": "This appointment has been booked already.",
    "declined": "This offer was declined. The patient is still on the waiting list.",
    "lapsed": "This offer has run out. The patient is still on the waiting list.",
    "withdrawn": "This offer was taken back.",
}


class NotAllowed(DomainError):
    status, issue, slug = 403, "forbidden", "forbidden"
    title = "You may not do that"


class NotAuthenticated(NotAllowed):
    status, issue, slug, close_code = 401, "login", "sign-in-required", 4501
    title = "Sign in to go on"

    def headers(self) -> Mapping[str, str]:
        return {"WWW-Authenticate": "Bearer"}


class SignInFailed(NotAuthenticated):
    """Wrong user name or password, a locked or a disabled account: never said which."""

    slug = "sign-in-failed"
    title = "The user name or password is not right"


class TokenRefused(NotAuthenticated):
    """A token that is not ours, not for this, not yet or no longer valid: never said which."""

    slug = "token-refused"
    title = "This token is not accepted"

    def headers(self) -> Mapping[str, str]:
        return {"WWW-Authenticate": 'Bearer error="invalid_token"'}


class InvalidClient(NotAuthenticated):
    """An unknown or disabled client, or the wrong secret (RFC 6749 §5.2)."""

    slug = "invalid-client"
    title = "The client id or secret is not right"

    def headers(self) -> Mapping[str, str]:
        return {"WWW-Authenticate": 'Basic realm="token"'}

    def extensions(self) -> Mapping[str, object]:
        return {"error": "invalid_client"}


class WrongBirthDate(NotAuthenticated):
    """The date of birth does not match; `tries_left` more before the link is locked."""

    slug = "wrong-birth-date"
    title = "That date of birth does not match our record"

    def __init__(self, tries_left: int) -> None:
        self.tries_left = tries_left
        super().__init__()

    def extensions(self) -> Mapping[str, object]:
        return {"tries_left": self.tries_left}


class Forbidden(NotAllowed):
    pass


class Removed(Forbidden):
    """Someone who was sent out of a consultation and does not come back."""

    slug, close_code = "removed", 4505
    title = "You were removed from this consultation"


class TooManyRequests(NotAllowed):
    status, issue, slug = 429, "throttled", "too-many-requests"
    title = "Too many requests"

    def __init__(self, retry_after_seconds: int, detail: str = "") -> None:
        self.retry_after_seconds = retry_after_seconds
        super().__init__(detail or f"Try again in {retry_after_seconds} seconds.")

    def headers(self) -> Mapping[str, str]:
        return {"Retry-After": str(self.retry_after_seconds)}


class Conflict(DomainError):
    status, issue, slug = 409, "conflict", "conflict"
    title = "That is not possible now"


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


class InvalidTransition(Conflict):
    """The record's status does not allow this step (FHIR status state machines)."""

    slug = "invalid-transition"
    title = "That step is not possible in the present status"

    def __init__(self, resource: str, status: str, wanted: str) -> None:
        super().__init__(f"A {resource} that is {status} cannot become {wanted}.")


class AlreadyAnswered(Conflict):
    """Somebody else took the request; `by` is who, in words."""

    slug = "already-answered"
    title = "Somebody else has answered"

    def __init__(self, by: str = "") -> None:
        super().__init__(f"{by} has answered this request." if by else "")


class BulkRefused(Conflict):
    """A line of many was refused and all were to be done or none. `results` has one a line."""

    slug = "bulk-refused"
    title = "Some lines were refused, so nothing was done"

    def __init__(self, results: Sequence[Mapping[str, object]]) -> None:
        self.results = tuple(results)
        super().__init__()

    def extensions(self) -> Mapping[str, object]:
        return {"results": list(self.results)}


class NotOpenYet(Conflict):
    """The waiting room opens at `opens_at`."""

    slug = "not-open-yet"
    title = "The waiting room is not open yet"

    def __init__(self, opens_at: datetime) -> None:
        self.opens_at = opens_at
        super().__init__()

    def extensions(self) -> Mapping[str, object]:
        return {"opens_at": self.opens_at.isoformat()}


class ChangeNotAllowed(Conflict):
    """A patient may not move or cancel this online (any more). `phone` is whom to ring."""

    slug = "change-not-allowed"
    title = "This appointment cannot be changed online"

    def __init__(self, reason: str, phone: str = "") -> None:
        self.reason, self.phone = reason, phone
        super().__init__(reason)

    def extensions(self) -> Mapping[str, object]:
        return {"phone": self.phone}


class DuplicateRecord(Conflict):
    slug = "duplicate"
    title = "There is already a record like this"


class InFlight(Conflict):
    """The first request with this Idempotency-Key is still being worked on."""

    slug = "in-flight"
    title = "The same request is still being worked on"


class StaleVersion(Conflict):
    """If-Match does not name the present version (RFC 9110 §13.1.1)."""

    status, slug = 412, "stale-version"
    title = "The record has changed since you read it"


class VersionRequired(Conflict):
    """A change needs If-Match (RFC 6585 §3)."""

    status, slug = 428, "version-required"
    title = "Send the ETag you read in If-Match"


class Invalid(DomainError):
    status, issue, slug = 422, "invalid", "invalid"
    title = "Something in the request is not right"


class InvalidInput(Invalid):
    """Fields that do not make sense, each named."""

    def __init__(self, *problems: FieldProblem) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{problem.field}: {problem.detail}" for problem in problems))

    @classmethod
    def field(cls, field: str, detail: str) -> "InvalidInput":
        """One field's problem."""
        return cls(FieldProblem(field, detail))

    def extensions(self) -> Mapping[str, object]:
        return {
            "errors": [
                {"field": problem.field, "detail": problem.detail} for problem in self.problems
            ]
        }


class MissingIdempotencyKey(Invalid):
    """The header Idempotency-Key is needed on every unsafe booking call."""

    status, slug = 400, "idempotency-key-required"
    title = "Send an Idempotency-Key header"


class InvalidGrant(Invalid):
    """What a token was asked with does not give one; `error` is RFC 6749 §5.2's code."""

    status, slug = 400, "invalid-grant"
    title = "This request does not give a token"

    def __init__(self, error: str, detail: str) -> None:
        self.error = error
        super().__init__(detail)

    def extensions(self) -> Mapping[str, object]:
        return {"error": self.error}


class IdempotencyMismatch(Invalid):
    slug = "idempotency-mismatch"
    title = "This Idempotency-Key was used with another request"


class Unavailable(DomainError):
    status, issue, slug, close_code = 503, "transient", "unavailable", 4002
    title = "This part of the service is not available just now"

    def headers(self) -> Mapping[str, str]:
        return {"Retry-After": "5"}


class RoomServerUnavailable(Unavailable):
    slug = "room-server-unavailable"
    title = "Calls are not available just now"
