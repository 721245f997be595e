"""Who acts: plain data, handed down from the edge. No rules of access live here."""

from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

StaffRole = Literal["clinician", "crew", "scheduler", "administrator", "auditor"]
PrincipalKind = Literal["staff", "system", "patient", "guest"]
Duty = Literal["sign-in", "relay", "jobs", "keys"]


@dataclass(frozen=True, slots=True)
class Principal:
    """A person or a system that has proved who it is, for one organisation.

    `subject` is the account, API client or encounter participant; the other ids are set where
    they apply. Names are for display to other people, never for logs.
    """

    kind: PrincipalKind
    subject: UUID
    organization_id: UUID
    name: str
    roles: frozenset[StaffRole] = frozenset()
    practitioner_id: UUID | None = None
    patient_id: UUID | None = None
    encounter_id: UUID | None = None
    participant_id: UUID | None = None
    session_id: UUID | None = None
    scopes: frozenset[str] = frozenset()

    def has(self, *roles: StaffRole) -> bool:
        """Whether any of these roles is held."""
        return not self.roles.isdisjoint(roles)

    def audiences(self) -> frozenset[str]:
        """The addressees of domain events this principal stands for (see app.outbox)."""
        keys = {f"{role}@{self.organization_id}" for role in self.roles}
        if self.practitioner_id:
            keys.add(f"practitioner:{self.practitioner_id}")
        if self.participant_id:
            keys.add(f"participant:{self.participant_id}")
        return frozenset(keys)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from, for the audit: network address and correlation id."""

    address: str = "-"
    request_id: str = "-"


@dataclass(frozen=True, slots=True)
class Actor:
    """What a transaction knows of whoever opened it.

    Row-level security follows `organization_id`. A `duty` opens the few tables that must be
    read before an organisation is known (sign-in, links) or across all (relay, jobs), or that
    even their organisation's ordinary work must not read (keys).
    """

    organization_id: UUID | None = None
    duty: Duty | None = None
    principal: Principal | None = None
    origin: Origin = field(default_factory=Origin)

    @classmethod
    def of(cls, principal: Principal, origin: Origin | None = None) -> "Actor":
        """The actor of a principal's own request."""
        return cls(
            organization_id=principal.organization_id,
            principal=principal,
            origin=origin or Origin(),
        )
