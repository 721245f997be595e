"""Swaps: one specialist asks another to take a time of theirs, maybe for one of the other's."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, model_validator
from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.errors import DuplicateRecord, Forbidden, InvalidInput, InvalidTransition, ResourceNotFound
from app.identity import Principal
from app.models import OnCallOverride, OnCallSwap
from app.models.paging import After, Page, fetch_page
from app.models.time_zone import Moment
from app.outbox import emit
from app.referrals.on_call.changing import (
    add_new,
    changing,
    require_specialist,
    require_urgent_service,
    sent_before,
)
from app.referrals.on_call.people import rotas_of
from app.referrals.on_call.rota import Gap, on_call
from app.referrals.on_call.shifts import Layer
from app.referrals.records import principal_in

LONGEST_SWAP = timedelta(days=31)


class NewSwap(BaseModel):
    """Take `starts_at` to `ends_at` of mine in `layer`; for `back_…` of yours, if that is given.
    `id` is the caller's own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: UUID
    service_id: UUID
    layer: Layer
    asked_of: UUID
    starts_at: Moment
    ends_at: Moment
    back_layer: Layer | None = None
    back_starts_at: Moment | None = None
    back_ends_at: Moment | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not timedelta(0) < self.ends_at - self.starts_at <= LONGEST_SWAP:
            raise ValueError("ends_at must be after starts_at, by at most 31 days")
        back = (self.back_layer, self.back_starts_at, self.back_ends_at)
        if any(part is None for part in back) and any(part is not None for part in back):
            raise ValueError("back_layer, back_starts_at and back_ends_at go together")
        back_length = LONGEST_SWAP
        if self.back_starts_at and self.back_ends_at:
            back_length = self.back_ends_at - self.back_starts_at
        if not timedelta(0) < back_length <= LONGEST_SWAP:
            raise ValueError("back_ends_at must be after back_starts_at, by at most 31 days")
        return self


@dataclass(frozen=True, slots=True)
class _Turn:
    """One direction: `who` is on call then and `instead` will be."""

    who: UUID
    instead: UUID
    layer: int
    start: datetime
    end: datetime
    field: str


async def list_swaps(session: AsyncSession, *, after: After) -> Page[OnCallSwap]:
    """The principal's own, asked and being asked; all of the house's for those who plan rotas.
    Newest first; the key is (created_at, id)."""
    principal = principal_in(session)
    wanted = select(OnCallSwap)
    if not principal.has("scheduler", "administrator"):
        me = principal.practitioner_id
        wanted = wanted.where(or_(OnCallSwap.asked_by == me, OnCallSwap.asked_of == me))
    key = (OnCallSwap.created_at, OnCallSwap.id)
    return await fetch_page(session, wanted, key, after=after, newest_first=True)


async def ask_swap(session: AsyncSession, new: NewSwap, *, now: datetime) -> OnCallSwap:
    """Ask somebody. Nothing changes until they agree; the same again asks nothing new.

    Raises InvalidInput where one of the times is not theirs to give, DuplicateRecord where the id
    stands for another question.
    """
    principal = principal_in(session)
    if principal.practitioner_id is None:
        raise Forbidden("Only specialists swap.")
    known = await sent_before(session, OnCallSwap, new.id, new)
    if known:
        if known.asked_by != principal.practitioner_id:
            raise DuplicateRecord
        return known
    await require_urgent_service(session, new.service_id)
    if new.asked_of == principal.practitioner_id:
        raise InvalidInput.field("asked_of", "Ask somebody else.")
    await require_specialist(session, new.service_id, new.asked_of, field="asked_of")
    if new.ends_at <= now:
        raise InvalidInput.field("ends_at", "This time is over.")
    swap = OnCallSwap(
        organization_id=principal.organization_id,
        created_at=now,
        asked_by=principal.practitioner_id,
        **new.model_dump(),
    )
    await _require_theirs(session, swap)
    await add_new(session, swap)
    _tell(session, "on-call.swap-asked", "C", "ask for OnCallSwap", swap)
    await session.flush()
    return swap


async def agree_swap(session: AsyncSession, swap_id: UUID, *, now: datetime) -> OnCallSwap:
    """Whoever was asked agrees: each covers the other's time. Again is no error.

    Raises ResourceNotFound, Forbidden, InvalidTransition, and InvalidInput where the rota has
    changed since, so that a time is not theirs to give any more.
    """
    swap, principal = await _locked(session, swap_id)
    if swap.asked_of != principal.practitioner_id:
        raise Forbidden("Only whoever was asked agrees.")
    if swap.status == "agreed":
        return swap
    _require_open(swap, "agreed")
    if swap.ends_at <= now:
        raise InvalidTransition("OnCallSwap", "over", "agreed")
    async with changing(session, swap.service_id, now=now):
        await _require_theirs(session, swap)
        for turn in _turns(swap):
            session.add(_cover(swap, turn, now))
        _end(swap, "agreed", now)
        _tell(session, "on-call.swap-agreed", "U", "agree to OnCallSwap", swap)
    return swap


async def decline_swap(session: AsyncSession, swap_id: UUID, *, now: datetime) -> OnCallSwap:
    """Whoever was asked says no. Raises as `agree_swap`."""
    swap, principal = await _locked(session, swap_id)
    if swap.asked_of != principal.practitioner_id:
        raise Forbidden("Only whoever was asked declines.")
    return await _over(session, swap, "declined", now=now)


async def withdraw_swap(session: AsyncSession, swap_id: UUID, *, now: datetime) -> OnCallSwap:
    """Whoever asked takes it back. Raises as `agree_swap`."""
    swap, principal = await _locked(session, swap_id)
    if swap.asked_by != principal.practitioner_id:
        raise Forbidden("Only whoever asked takes it back.")
    return await _over(session, swap, "withdrawn", now=now)


async def _over(
    session: AsyncSession, swap: OnCallSwap, status: str, *, now: datetime
) -> OnCallSwap:
    if swap.status == status:
        return swap
    _require_open(swap, status)
    _end(swap, status, now)
    _tell(session, "on-call.swap-ended", "U", f"OnCallSwap {status}", swap)
    await session.flush()
    return swap


async def _locked(session: AsyncSession, swap_id: UUID) -> tuple[OnCallSwap, Principal]:
    found = await session.get(OnCallSwap, swap_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise ResourceNotFound("OnCallSwap", swap_id)
    return found, principal_in(session)


def _require_open(swap: OnCallSwap, wanted: str) -> None:
    if swap.status != "asked":
        raise InvalidTransition("OnCallSwap", swap.status, wanted)


def _end(swap: OnCallSwap, status: str, now: datetime) -> None:
    swap.status, swap.decided_at = status, now
    swap.touch()


def _turns(swap: OnCallSwap) -> list[_Turn]:
    there = _Turn(
        swap.asked_by, swap.asked_of, swap.layer, swap.starts_at, swap.ends_at, "starts_at"
    )
    if swap.back_layer is None or swap.back_starts_at is None or swap.back_ends_at is None:
        return [there]
    back = _Turn(
        who=swap.asked_of,
        instead=swap.asked_by,
        layer=swap.back_layer,
        start=swap.back_starts_at,
        end=swap.back_ends_at,
        field="back_starts_at",
    )
    return [there, back]


async def _require_theirs(session: AsyncSession, swap: OnCallSwap) -> None:
    """Each gives away only time at which they are on call, all of it."""
    for turn in _turns(swap):
        rotas = await rotas_of(session, [swap.service_id], start=turn.start, end=turn.end)
        parts = on_call(rotas[swap.service_id], turn.start, turn.end)
        mine = [
            Gap(part.layer, part.start, part.end)
            for part in parts
            if part.practitioner_id == turn.who and part.layer == turn.layer
        ]
        if not any(part.start <= turn.start and turn.end <= part.end for part in mine):
            raise InvalidInput.field(turn.field, "This person is not on call for all of this time.")


def _cover(swap: OnCallSwap, turn: _Turn, now: datetime) -> OnCallOverride:
    return OnCallOverride(
        organization_id=swap.organization_id,
        created_at=now,
        service_id=swap.service_id,
        layer=turn.layer,
        kind="cover",
        starts_at=turn.start,
        ends_at=turn.end,
        practitioner_id=turn.instead,
        replaces_id=turn.who,
        swap_id=swap.id,
        reason="Swap",
    )


def _tell(
    session: AsyncSession, event: str, action: audit.Action, what: str, swap: OnCallSwap
) -> None:
    audit.record(session, action, what, resource="OnCallSwap", resource_id=swap.id)
    emit(
        session,
        event,
        swap.id,
        audience={
            f"practitioner:{swap.asked_by}",
            f"practitioner:{swap.asked_of}",
            f"scheduler@{swap.organization_id}",
        },
        payload={"status": swap.status, "service_id": str(swap.service_id)},
    )
