"""The branches of the tree, and the refusals that any part of the service may give."""

from collections.abc import Mapping
from dataclasses import dataclass
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


class NotAllowed(DomainError):
    status, issue, slug = 403, "forbidden", "forbidden"
    title = "You may not do that"


class Forbidden(NotAllowed):
    pass


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


class InvalidTransition(Conflict):
    """The record's status does not allow this step (FHIR status state machines)."""

    slug = "invalid-transition"
    title = "That step is not possible in the present status"

    def __init__(self, resource: str, status: str, wanted: str) -> None:
        super().__init__(f"This {resource} is {status} and cannot become {wanted}.")


class DuplicateRecord(Conflict):
    slug = "duplicate"
    title = "There is already a record like this"


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


class Unavailable(DomainError):
    status, issue, slug, close_code = 503, "transient", "unavailable", 4002
    title = "This part of the service is not available just now"

    def headers(self) -> Mapping[str, str]:
        return {"Retry-After": "5"}
