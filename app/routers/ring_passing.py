"""Passing a ring to somebody better, before anybody has answered."""

from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict

from app import referrals
from app.routers.dependencies import Now, Session, allow
from app.routers.problems import problems
from app.routers.service_request_shapes import RequestShape, request_shape

router = APIRouter(
    prefix="/api/v1/service-requests",
    tags=["urgent advice"],
    dependencies=[Depends(allow("clinician"))],
)


class Passing(BaseModel):
    """To whom: somebody who is on call now."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    practitioner_id: UUID


@router.post("/{request_id}/pass", responses=problems(404, 409))
async def pass_on(request_id: UUID, body: Passing, session: Session, now: Now) -> RequestShape:
    """Ring this colleague instead of you, at once; it goes on from there if they do not answer.

    You are not rung any more, so once more is a conflict.
    """
    passed = await referrals.pass_to(session, request_id, body.practitioner_id, now=now)
    return request_shape(passed, now)
