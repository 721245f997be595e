"""Going on and off duty for urgent advice."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, StrictBool

from app import referrals
from app.routers.dependencies import Now, Session, allow
from app.routers.paging import PageOf

router = APIRouter(
    prefix="/api/v1/duty", tags=["urgent advice"], dependencies=[Depends(allow("clinician"))]
)


class DutyShape(BaseModel):
    """One service one can be on call for; `since` is null while requests do not ring for them.

    `by_rota`: by a shift, which ends at `until`. `others` are on call too.
    """

    model_config = ConfigDict(from_attributes=True)

    service_id: UUID
    service_name: str
    specialty: str
    since: datetime | None
    ring_order: int
    by_rota: bool
    until: datetime | None
    others: list[str]


class NewDuty(BaseModel):
    """On or off, for which service."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    service_id: UUID
    on: StrictBool


@router.get("")
async def read_duty(session: Session, now: Now) -> PageOf[DutyShape]:
    """Every service one can be on duty for. All of them are one page."""
    return _page(await referrals.duties(session, now=now))


@router.put("")
async def take_duty(body: NewDuty, session: Session, now: Now) -> PageOf[DutyShape]:
    """Go on or off duty. Once more changes nothing."""
    return _page(await referrals.take_duty(session, body.service_id, on=body.on, now=now))


def _page(duties: list[referrals.Duty]) -> PageOf[DutyShape]:
    return PageOf(items=[DutyShape.model_validate(duty) for duty in duties], next=None)
