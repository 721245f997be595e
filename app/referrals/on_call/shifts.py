"""The rota: shifts that come again each week, and single periods that differ from them."""

from datetime import datetime, time, timedelta
from typing import Annotated, Self
from uuid import UUID, uuid4

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, model_validator
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.database import organization_of
from app.errors import DuplicateRecord, InvalidInput, ResourceNotFound, StaleVersion
from app.models import OnCallOverride, OnCallShift
from app.models.number import NO_FLAG
from app.models.on_call import MOST_LAYERS, OverrideKind
from app.models.paging import After, Page, fetch_page
from app.models.text import Line
from app.models.time_zone import Day, Moment, WallTime, zone
from app.referrals.on_call.changing import (
    add_new,
    changing,
    require_specialist,
    require_urgent_service,
    sent_before,
)
from app.referrals.on_call.people import rotas_of
from app.referrals.on_call.rota import on_call

LONGEST_OVERRIDE = timedelta(days=92)
Layer = Annotated[int, NO_FLAG, Field(ge=1, le=MOST_LAYERS)]
Weeks = Annotated[int, NO_FLAG, Field(ge=1, le=52)]


def _each_once(days: list[int]) -> list[int]:
    if len(set(days)) != len(days):
        raise ValueError("must name each day once")
    return sorted(days)


Weekdays = Annotated[
    list[Annotated[int, NO_FLAG, Field(ge=1, le=7)]],
    Field(min_length=1, max_length=7),
    AfterValidator(_each_once),
]


class NewShift(BaseModel):
    """A line of the rota: see `app.models.OnCallShift`. `id` is the caller's own, so that the same
    line sent again is not a second one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: UUID
    service_id: UUID
    practitioner_id: UUID
    layer: Layer
    weekdays: Weekdays
    start_time: WallTime
    end_time: WallTime
    time_zone: str
    valid_from: Day
    valid_to: Day | None = None
    every_weeks: Weeks = 1

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.valid_to and self.valid_to < self.valid_from:
            raise ValueError("valid_to must not be before valid_from")
        return self


class ShiftChanges(BaseModel):
    """What is to be different; absent means: as it is. Null for `valid_to` is without end."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    practitioner_id: UUID = Field(default_factory=uuid4)
    layer: Layer = Field(default_factory=int)
    weekdays: Weekdays = Field(default_factory=list)
    start_time: WallTime = Field(default_factory=time)
    end_time: WallTime = Field(default_factory=time)
    every_weeks: Weeks = Field(default_factory=int)
    valid_to: Day | None = None
    active: StrictBool = Field(default_factory=bool)


class NewOverride(BaseModel):
    """A period that differs: see `app.models.OnCallOverride`. `id` is the caller's own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: UUID
    service_id: UUID
    layer: Layer
    kind: OverrideKind
    starts_at: Moment
    ends_at: Moment
    practitioner_id: UUID | None = None
    replaces_id: UUID | None = None
    reason: Line = ""

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if not timedelta(0) < self.ends_at - self.starts_at <= LONGEST_OVERRIDE:
            raise ValueError("ends_at must be after starts_at, by at most 92 days")
        if (self.kind == "removed") != (self.practitioner_id is None):
            raise ValueError("practitioner_id is who comes in: for cover and extra, not removed")
        if (self.kind == "extra") != (self.replaces_id is None):
            raise ValueError("replaces_id is who is not on call: for cover and removed, not extra")
        if self.practitioner_id is not None and self.practitioner_id == self.replaces_id:
            raise ValueError("replaces_id must be somebody else")
        return self


async def list_shifts(
    session: AsyncSession, *, after: After, service_id: UUID | None = None
) -> Page[OnCallShift]:
    """The house's, also those that are over. The key is (created_at, id)."""
    wanted = select(OnCallShift)
    if service_id:
        wanted = wanted.where(OnCallShift.service_id == service_id)
    return await fetch_page(session, wanted, (OnCallShift.created_at, OnCallShift.id), after=after)


async def add_shift(session: AsyncSession, new: NewShift, *, now: datetime) -> OnCallShift:
    """Put somebody on the rota; the same again adds nothing. Raises InvalidInput, DuplicateRecord
    where the id stands for another line."""
    known = await sent_before(session, OnCallShift, new.id, new)
    if known:
        return known
    zone(new.time_zone)
    await require_urgent_service(session, new.service_id)
    await require_specialist(session, new.service_id, new.practitioner_id, field="practitioner_id")
    shift = OnCallShift(
        organization_id=organization_of(session), created_at=now, **new.model_dump()
    )
    async with changing(session, new.service_id, now=now):
        await add_new(session, shift)
        _note(session, "C", "add OnCallShift", shift)
    return shift


async def change_shift(
    session: AsyncSession, shift_id: UUID, changes: ShiftChanges, *, version: int, now: datetime
) -> OnCallShift:
    """Change what `changes` sets; `active` false takes it off the rota.

    Raises ResourceNotFound, StaleVersion, InvalidInput.
    """
    shift = await session.get(
        OnCallShift, shift_id, with_for_update={"key_share": True}, populate_existing=True
    )
    if shift is None:
        raise ResourceNotFound("OnCallShift", shift_id)
    if shift.version != version:
        raise StaleVersion
    given = changes.model_dump(exclude_unset=True)
    if given.get("valid_to") and given["valid_to"] < shift.valid_from:
        raise InvalidInput.field("valid_to", "must not be before valid_from")
    if "practitioner_id" in given:
        await require_specialist(
            session, shift.service_id, given["practitioner_id"], field="practitioner_id"
        )
    async with changing(session, shift.service_id, now=now):
        for name, value in given.items():
            setattr(shift, name, value)
        shift.touch()
        _note(session, "U", "change OnCallShift", shift)
    return shift


async def list_overrides(
    session: AsyncSession, *, after: After, now: datetime, service_id: UUID | None = None
) -> Page[OnCallOverride]:
    """Those that are not over and not cancelled. The key is (starts_at, id)."""
    wanted = select(OnCallOverride).where(
        OnCallOverride.cancelled_at.is_(None), OnCallOverride.ends_at > now
    )
    if service_id:
        wanted = wanted.where(OnCallOverride.service_id == service_id)
    key = (OnCallOverride.starts_at, OnCallOverride.id)
    return await fetch_page(session, wanted, key, after=after)


async def add_override(session: AsyncSession, new: NewOverride, *, now: datetime) -> OnCallOverride:
    """Let one period differ; the same again adds nothing. Raises InvalidInput, DuplicateRecord
    where the id stands for another period."""
    known = await sent_before(session, OnCallOverride, new.id, new)
    if known:
        return known
    await require_urgent_service(session, new.service_id)
    for field in ("practitioner_id", "replaces_id"):
        person = getattr(new, field)
        if person:
            await require_specialist(session, new.service_id, person, field=field)
    override = OnCallOverride(
        organization_id=organization_of(session), created_at=now, **new.model_dump()
    )
    async with changing(session, new.service_id, now=now):
        # The same sent twice at once: whom the first replaced is not on call for the second.
        if await session.get(OnCallOverride, new.id):
            raise DuplicateRecord
        await _require_on_call(session, new)
        await add_new(session, override)
        _note(session, "C", "add OnCallOverride", override)
    return override


async def _require_on_call(session: AsyncSession, new: NewOverride) -> None:
    """Whoever is not on call cannot be replaced: it would look arranged, and change nothing."""
    if new.replaces_id is None:
        return
    rotas = await rotas_of(session, [new.service_id], start=new.starts_at, end=new.ends_at)
    parts = on_call(rotas[new.service_id], new.starts_at, new.ends_at)
    if (new.layer, new.replaces_id) not in {(each.layer, each.practitioner_id) for each in parts}:
        raise InvalidInput.field("replaces_id", "They are not on call in this layer then")


async def cancel_override(
    session: AsyncSession, override_id: UUID, *, now: datetime
) -> OnCallOverride:
    """Take it back: from now on the rota is as it was without it. Again is no error.

    What has been stays as it was. Raises ResourceNotFound.
    """
    override = await session.get(
        OnCallOverride, override_id, with_for_update=True, populate_existing=True
    )
    if override is None:
        raise ResourceNotFound("OnCallOverride", override_id)
    if override.cancelled_at or override.ends_at <= now:
        return override
    async with changing(session, override.service_id, now=now):
        if override.starts_at < now:
            override.ends_at = now
        else:
            override.cancelled_at = now
        override.touch()
        _note(session, "U", "cancel OnCallOverride", override)
    return override


def _note(
    session: AsyncSession, action: audit.Action, what: str, row: OnCallShift | OnCallOverride
) -> None:
    audit.record(session, action, what, resource=type(row).__name__, resource_id=row.id)
