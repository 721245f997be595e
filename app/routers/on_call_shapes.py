"""The wire shapes of who is on call."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from app.models.on_call import OverrideKind, SwapStatus
from app.models.time_zone import WallTime


class OnCallShape(BaseModel):
    """Somebody who takes a service's requests now. `until` is the end of their shift, null where
    they went on duty outside of the rota; shifts that follow each other are followed two days
    ahead. `whereabouts`: a page is open on a `device`; `busy` in another request; `away`, as they
    said; else `unknown`."""

    model_config = ConfigDict(from_attributes=True)

    practitioner_id: UUID
    name: str
    layer: int
    since: datetime
    until: datetime | None
    by_rota: bool
    whereabouts: Literal["device", "busy", "away", "unknown"]


class ServiceOnCallShape(BaseModel):
    """One urgent service and who is on call for it, the first layer first."""

    service_id: UUID
    service_name: str
    specialty: str
    organization_id: UUID
    on_call: list[OnCallShape]


class GapShape(BaseModel):
    """Nobody is on call for a service in `layer` from `start` until `end`."""

    model_config = ConfigDict(from_attributes=True)

    service_id: UUID
    service_name: str
    layer: int
    start: datetime
    end: datetime


class ShiftShape(BaseModel):
    """A line of the rota. `weekdays` are ISO, Monday is 1; it ends on the next day where
    `end_time` is not after `start_time`. `version` is the ETag."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    service_id: UUID
    practitioner_id: UUID
    layer: int
    weekdays: list[int]
    every_weeks: int
    start_time: WallTime
    end_time: WallTime
    time_zone: str
    valid_from: date
    valid_to: date | None
    active: bool
    version: int


class OverrideShape(BaseModel):
    """A period that differs from the rota: `cover`, `extra` or `removed`."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    service_id: UUID
    layer: int
    kind: OverrideKind
    starts_at: datetime
    ends_at: datetime
    practitioner_id: UUID | None
    replaces_id: UUID | None
    swap_id: UUID | None
    reason: str
    cancelled_at: datetime | None


class SwapShape(BaseModel):
    """Who asks whom to take which time, and for which in return."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    service_id: UUID
    layer: int
    asked_by: UUID
    asked_of: UUID
    starts_at: datetime
    ends_at: datetime
    back_layer: int | None
    back_starts_at: datetime | None
    back_ends_at: datetime | None
    status: SwapStatus
    decided_at: datetime | None
    created_at: datetime


class PresenceShape(BaseModel):
    """Where one can be reached. `last_seen_at`: a page was open then, to within 20 seconds."""

    model_config = ConfigDict(from_attributes=True)

    practitioner_id: UUID
    last_seen_at: datetime | None
    away_since: datetime | None
