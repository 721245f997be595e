"""The tree of domain errors. Each knows its HTTP status, FHIR issue code and WebSocket close code.

DomainError
├── NotFound            404 not-found   ResourceNotFound
├── Gone                410 not-found   LinkExpired, LinkLocked, EncounterOver, OfferOver,
│                                   KeyErased
├── NotAllowed
│   ├── NotAuthenticated  401 login     SignInFailed, TokenRefused, InvalidClient, WrongBirthDate,
│   │                                   AnotherPerson, WrongRecipient
│   ├── Forbidden         403 forbidden Removed, NotAgreed
│   └── TooManyRequests   429 throttled
├── Conflict            409 conflict    SlotNotFree, PatientBusy, InvalidTransition,
│   │                                   HoldExpired, BookingsAffected, SeriesConflict,
│   │                                   BulkRefused, PatientNotMatched, ChangeNotAllowed,
│   │                                   AlreadyAnswered, NotOpenYet, DuplicateRecord, InFlight,
│   │                                   NoConsultation, RoomFull
│   ├── StaleVersion      412
│   └── VersionRequired   428
├── Invalid             422 invalid     InvalidInput, IdempotencyMismatch, MissingIdempotencyKey,
│                                       InvalidGrant, MalformedDescription (400),
│                                       DescriptionTooLarge (413), WrongMediaType (415),
│                                       DescriptionNotAcceptable, RangeNotSatisfiable (416)
└── Unavailable         503 transient   RelayUnavailable, RoomServerUnavailable,
                                        TooManyDevices

Raise in a model or a use case; `main.py` (HTTP) and `routers/` (sockets) translate. A message
holds nothing internal and nothing of a patient.
"""

from app.errors.access import (
    AnotherPerson,
    InvalidClient,
    InvalidGrant,
    LinkExpired,
    LinkLocked,
    NotAuthenticated,
    SignInFailed,
    TokenRefused,
    WrongBirthDate,
    WrongRecipient,
)
from app.errors.booking import (
    AffectedBooking,
    BookingsAffected,
    BulkRefused,
    ChangeNotAllowed,
    FreeSlot,
    HoldExpired,
    OccurrenceProblem,
    OfferOver,
    PatientBusy,
    PatientNotMatched,
    SeriesConflict,
    SlotNotFree,
)
from app.errors.consultations import (
    AlreadyAnswered,
    CannotRecord,
    EncounterOver,
    KeyErased,
    NotAgreed,
    NotOpenYet,
    RangeNotSatisfiable,
    RelayUnavailable,
    Removed,
    RoomFull,
    RoomServerUnavailable,
)
from app.errors.repeating import (
    IdempotencyMismatch,
    InFlight,
    MissingIdempotencyKey,
)
from app.errors.streams import (
    DescriptionNotAcceptable,
    DescriptionTooLarge,
    MalformedDescription,
    NoConsultation,
    TooManyDevices,
    WrongMediaType,
)
from app.errors.tree import (
    Conflict,
    DomainError,
    DuplicateRecord,
    FieldProblem,
    Forbidden,
    Gone,
    Invalid,
    InvalidInput,
    InvalidTransition,
    NotAllowed,
    NotFound,
    ResourceNotFound,
    StaleVersion,
    TooManyRequests,
    Unavailable,
    VersionRequired,
)

__all__ = [
    "AffectedBooking",
    "AlreadyAnswered",
    "AnotherPerson",
    "BookingsAffected",
    "BulkRefused",
    "CannotRecord",
    "ChangeNotAllowed",
    "Conflict",
    "DescriptionNotAcceptable",
    "DescriptionTooLarge",
    "DomainError",
    "DuplicateRecord",
    "EncounterOver",
    "FieldProblem",
    "Forbidden",
    "FreeSlot",
    "Gone",
    "HoldExpired",
    "IdempotencyMismatch",
    "InFlight",
    "Invalid",
    "InvalidClient",
    "InvalidGrant",
    "InvalidInput",
    "InvalidTransition",
    "KeyErased",
    "LinkExpired",
    "LinkLocked",
    "MalformedDescription",
    "MissingIdempotencyKey",
    "NoConsultation",
    "NotAgreed",
    "NotAllowed",
    "NotAuthenticated",
    "NotFound",
    "NotOpenYet",
    "OccurrenceProblem",
    "OfferOver",
    "PatientBusy",
    "PatientNotMatched",
    "RangeNotSatisfiable",
    "RelayUnavailable",
    "Removed",
    "ResourceNotFound",
    "RoomFull",
    "RoomServerUnavailable",
    "SeriesConflict",
    "SignInFailed",
    "SlotNotFree",
    "StaleVersion",
    "TokenRefused",
    "TooManyDevices",
    "TooManyRequests",
    "Unavailable",
    "VersionRequired",
    "WrongBirthDate",
    "WrongMediaType",
    "WrongRecipient",
]
