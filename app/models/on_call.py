"""Who takes urgent requests when: shifts of a rota, what differs from it, swaps, and presence."""

from datetime import date, datetime, time
from typing import Literal
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identified, Tenanted, Versioned, optional_reference, reference

OverrideKind = Literal["cover", "extra", "removed"]
SwapStatus = Literal["asked", "agreed", "declined", "withdrawn"]
MOST_LAYERS = 9
_LAYER = f"layer BETWEEN 1 AND {MOST_LAYERS}"


class OnCallShift(Identified, Versioned, Tenanted, Base):
    """Somebody takes a service's requests, in this layer, on some days of the week.

    `layer` 1 is rung first, 2 second, 3 is the consultant. On each of `weekdays` (ISO, Monday is
    1) of every `every_weeks`th week, counted from the week of `valid_from`, from `start_time` to
    `end_time`: wall-clock in `time_zone` (IANA), ending on the next day where that is not after
    the start. `valid_from` and `valid_to` are the first and the last day on which it begins.

    A service is one specialty at one site, so the rota of a service is that of a site.
    """

    __tablename__ = "on_call_shift"
    __table_args__ = (
        CheckConstraint(_LAYER, name="layer"),
        CheckConstraint("every_weeks BETWEEN 1 AND 52", name="every_weeks"),
        CheckConstraint("cardinality(weekdays) BETWEEN 1 AND 7", name="weekdays"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="validity"),
    )

    service_id: Mapped[UUID] = reference("healthcare_service", index=True)
    practitioner_id: Mapped[UUID] = reference("practitioner", index=True)
    layer: Mapped[int]
    weekdays: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    every_weeks: Mapped[int] = mapped_column(default=1)
    start_time: Mapped[time]
    end_time: Mapped[time]
    time_zone: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    active: Mapped[bool] = mapped_column(default=True)


class OnCallOverride(Identified, Versioned, Tenanted, Base):
    """From `starts_at` to `ends_at` one layer differs from its shifts.

    `cover`: `practitioner_id` stands in for `replaces_id` wherever that one would be on call.
    `extra`: `practitioner_id` is on call too. `removed`: `replaces_id` is not, and nobody is
    instead. Of two that speak of the same time, the later one is applied to what the earlier left.
    """

    __tablename__ = "on_call_override"
    __table_args__ = (
        CheckConstraint(_LAYER, name="layer"),
        CheckConstraint("kind IN ('cover', 'extra', 'removed')", name="kind"),
        CheckConstraint("ends_at > starts_at", name="period"),
        CheckConstraint("(kind = 'removed') = (practitioner_id IS NULL)", name="who_comes"),
        CheckConstraint("(kind = 'extra') = (replaces_id IS NULL)", name="who_goes"),
        Index("ix_on_call_override_service_id_ends_at", "service_id", "ends_at"),
    )

    service_id: Mapped[UUID] = reference("healthcare_service")
    layer: Mapped[int]
    kind: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    practitioner_id: Mapped[UUID | None] = optional_reference("practitioner", index=True)
    replaces_id: Mapped[UUID | None] = optional_reference("practitioner", index=True)
    swap_id: Mapped[UUID | None] = optional_reference("on_call_swap", index=True)
    reason: Mapped[str] = mapped_column(default="")
    cancelled_at: Mapped[datetime | None]


class OnCallSwap(Identified, Versioned, Tenanted, Base):
    """`asked_by` asks `asked_of` to take `starts_at` to `ends_at` of theirs in this layer.

    In return, where `back_starts_at` is given, they take that time of the other's, in
    `back_layer`. Once agreed it becomes one cover each way.
    """

    __tablename__ = "on_call_swap"
    __table_args__ = (
        CheckConstraint(_LAYER, name="layer"),
        CheckConstraint("back_layer IS NULL OR back_layer BETWEEN 1 AND 9", name="back_layer"),
        CheckConstraint("status IN ('asked', 'agreed', 'declined', 'withdrawn')", name="status"),
        CheckConstraint("ends_at > starts_at", name="period"),
        CheckConstraint("asked_by <> asked_of", name="two_people"),
        CheckConstraint(
            "(back_starts_at IS NULL) = (back_ends_at IS NULL)"
            " AND (back_starts_at IS NULL) = (back_layer IS NULL)"
            " AND (back_starts_at IS NULL OR back_ends_at > back_starts_at)",
            name="back",
        ),
    )

    service_id: Mapped[UUID] = reference("healthcare_service", index=True)
    layer: Mapped[int]
    asked_by: Mapped[UUID] = reference("practitioner", index=True)
    asked_of: Mapped[UUID] = reference("practitioner", index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    back_layer: Mapped[int | None]
    back_starts_at: Mapped[datetime | None]
    back_ends_at: Mapped[datetime | None]
    status: Mapped[str] = mapped_column(default="asked")
    decided_at: Mapped[datetime | None]


class Presence(Identified, Tenanted, Base):
    """Where somebody can be reached now. `last_seen_at`: a page of theirs was open; `away_since`:
    they said that they are away, and `back_at` when they last said that they are back."""

    __tablename__ = "presence"
    __table_args__ = (UniqueConstraint("practitioner_id"),)

    practitioner_id: Mapped[UUID] = reference("practitioner")
    last_seen_at: Mapped[datetime | None]
    away_since: Mapped[datetime | None]
    back_at: Mapped[datetime | None]
