"""Who is on call: now, by the rota, by what differs from it; swaps; gaps ahead."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, StrictBool

from app import referrals
from app.routers.dependencies import IfMatch, Now, Session, allow
from app.routers.on_call_shapes import (
    GapShape,
    OnCallShape,
    OverrideShape,
    PresenceShape,
    ServiceOnCallShape,
    ShiftShape,
    SwapShape,
)
from app.routers.paging import Cursor, Limit, PageOf, after, page_of
from app.routers.problems import problems

PLANNING = Depends(allow("scheduler", "administrator"))
SEEING = Depends(allow("clinician", "crew", "scheduler", "administrator"))
OWN_HOUSE = Depends(allow("clinician", "scheduler", "administrator"))
SPECIALIST = Depends(allow("clinician"))
router = APIRouter(prefix="/api/v1/on-call", tags=["urgent advice"])


class NewPresence(BaseModel):
    """Away, or back again."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    away: StrictBool


@router.get("", dependencies=[SEEING])
async def who_is_on_call(session: Session, now: Now) -> PageOf[ServiceOnCallShape]:
    """Every urgent service open to you, and who is on call for it now. All of them are one page."""
    found = await referrals.on_call_by_service(session, now=now)
    items = [
        ServiceOnCallShape(
            service_id=service.id,
            service_name=service.name,
            specialty=service.specialty,
            organization_id=service.organization_id,
            on_call=[OnCallShape.model_validate(person) for person in people],
        )
        for service, people in found
    ]
    return PageOf(items=items, next=None)


@router.get("/colleagues", dependencies=[SPECIALIST])
async def list_colleagues(session: Session, now: Now) -> PageOf[OnCallShape]:
    """Whom a request can be handed over to, or who can be brought in: the free first."""
    found = await referrals.colleagues(session, now=now)
    return PageOf(items=[OnCallShape.model_validate(each) for each in found], next=None)


@router.put("/presence", dependencies=[SPECIALIST])
async def say_away(body: NewPresence, session: Session, now: Now) -> PresenceShape:
    """Say that you are away, or back. Whether a page of yours is open is noticed by itself."""
    return PresenceShape.model_validate(await referrals.say_away(session, away=body.away, now=now))


@router.get("/gaps", dependencies=[OWN_HOUSE])
async def list_gaps(session: Session, now: Now, service_id: UUID | None = None) -> PageOf[GapShape]:
    """When a layer has nobody, in the next 14 days, the soonest first. All of them are one page."""
    found = await referrals.gaps_ahead(session, now=now, service_id=service_id)
    return PageOf(items=[GapShape.model_validate(gap) for gap in found], next=None)


@router.get("/shifts", dependencies=[OWN_HOUSE])
async def list_shifts(
    session: Session, service_id: UUID | None = None, limit: Limit = 25, cursor: Cursor = None
) -> PageOf[ShiftShape]:
    """The rota's lines, those that are over among them."""
    page = await referrals.list_shifts(
        session, after=after(cursor, limit, datetime, UUID), service_id=service_id
    )
    return page_of(page, ShiftShape.model_validate)


@router.post("/shifts", status_code=201, dependencies=[PLANNING], responses=problems(409))
async def add_shift(
    body: referrals.NewShift, session: Session, now: Now, response: Response
) -> ShiftShape:
    """Put somebody on the rota. The same call again adds nothing; its `id` with another line is a
    conflict (409)."""
    added = await referrals.add_shift(session, body, now=now)
    response.headers["ETag"] = added.etag
    return ShiftShape.model_validate(added)


@router.patch("/shifts/{shift_id}", dependencies=[PLANNING], responses=problems(404, 409, 412, 428))
async def change_shift(
    *,
    shift_id: UUID,
    body: referrals.ShiftChanges,
    version: IfMatch,
    session: Session,
    now: Now,
    response: Response,
) -> ShiftShape:
    """Change what the body names; `active` false takes it off the rota."""
    changed = await referrals.change_shift(session, shift_id, body, version=version, now=now)
    response.headers["ETag"] = changed.etag
    return ShiftShape.model_validate(changed)


@router.get("/overrides", dependencies=[OWN_HOUSE])
async def list_overrides(
    *,
    session: Session,
    now: Now,
    service_id: UUID | None = None,
    limit: Limit = 25,
    cursor: Cursor = None,
) -> PageOf[OverrideShape]:
    """What differs from the rota now and later, by its start."""
    page = await referrals.list_overrides(
        session, after=after(cursor, limit, datetime, UUID), now=now, service_id=service_id
    )
    return page_of(page, OverrideShape.model_validate)


@router.post("/overrides", status_code=201, dependencies=[PLANNING], responses=problems(409))
async def add_override(body: referrals.NewOverride, session: Session, now: Now) -> OverrideShape:
    """Let one period differ. The same call again adds nothing; its `id` with another period is a
    conflict (409)."""
    return OverrideShape.model_validate(await referrals.add_override(session, body, now=now))


@router.post("/overrides/{override_id}/cancel", dependencies=[PLANNING], responses=problems(404))
async def cancel_override(override_id: UUID, session: Session, now: Now) -> OverrideShape:
    """Take it back from now on. Once more changes nothing."""
    return OverrideShape.model_validate(
        await referrals.cancel_override(session, override_id, now=now)
    )


@router.get("/swaps", dependencies=[OWN_HOUSE])
async def list_swaps(
    session: Session, limit: Limit = 25, cursor: Cursor = None
) -> PageOf[SwapShape]:
    """Your own, and for those who plan rotas everybody's; the newest first."""
    page = await referrals.list_swaps(session, after=after(cursor, limit, datetime, UUID))
    return page_of(page, SwapShape.model_validate)


@router.post("/swaps", status_code=201, dependencies=[SPECIALIST], responses=problems(409))
async def ask_swap(body: referrals.NewSwap, session: Session, now: Now) -> SwapShape:
    """Ask a colleague. Nothing changes until they agree. The same call again asks nothing new; its
    `id` with another question is a conflict (409)."""
    return SwapShape.model_validate(await referrals.ask_swap(session, body, now=now))


@router.post("/swaps/{swap_id}/agree", dependencies=[SPECIALIST], responses=problems(404, 409))
async def agree_swap(swap_id: UUID, session: Session, now: Now) -> SwapShape:
    """Agree: each covers the other's time from then on."""
    return SwapShape.model_validate(await referrals.agree_swap(session, swap_id, now=now))


@router.post("/swaps/{swap_id}/decline", dependencies=[SPECIALIST], responses=problems(404, 409))
async def decline_swap(swap_id: UUID, session: Session, now: Now) -> SwapShape:
    """Say no."""
    return SwapShape.model_validate(await referrals.decline_swap(session, swap_id, now=now))


@router.post("/swaps/{swap_id}/withdraw", dependencies=[SPECIALIST], responses=problems(404, 409))
async def withdraw_swap(swap_id: UUID, session: Session, now: Now) -> SwapShape:
    """Take your own question back."""
    return SwapShape.model_validate(await referrals.withdraw_swap(session, swap_id, now=now))
