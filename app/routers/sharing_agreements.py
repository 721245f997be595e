"""Sharing agreements: who may find and book whose free times."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict

from app import scheduling
from app.models import SharingAgreement
from app.routers.dependencies import IfMatch, Now, Session, allow
from app.routers.idempotency import Repeatable, Reply
from app.routers.paging import Cursor, Limit, PageOf, after, page_of
from app.routers.problems import problems
from app.routers.schedules import READING

ADMINISTRATOR = allow("administrator")
router = APIRouter(prefix="/api/v1/sharing-agreements", tags=["booking"])


class AgreementShape(BaseModel):
    """`organization_id` shares its free times with the partner, of one service or of all (null),
    from `valid_from` until `valid_to`. `version` is the ETag."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    organization_id: UUID
    partner_organization_id: UUID
    service_id: UUID | None
    valid_from: datetime
    valid_to: datetime | None
    version: int


def _answer(response: Response, agreement: SharingAgreement) -> AgreementShape:
    response.headers["ETag"] = agreement.etag
    return AgreementShape.model_validate(agreement)


@router.get("", dependencies=[Depends(READING)])
async def list_agreements(
    session: Session, limit: Limit = 25, cursor: Cursor = None
) -> PageOf[AgreementShape]:
    """What your organisation offers, and what is offered to it."""
    start = after(cursor, limit, datetime, UUID)
    page = await scheduling.list_agreements(session, after=start)
    return page_of(page, AgreementShape.model_validate)


@router.post(
    "",
    status_code=201,
    response_model=AgreementShape,
    dependencies=[Depends(ADMINISTRATOR)],
    responses=problems(404, 409),
)
async def offer_sharing(
    body: scheduling.NewAgreement, once: Repeatable, session: Session, now: Now
) -> Response:
    """Let a partner find and book your free times."""

    async def act() -> Reply:
        added = await scheduling.offer_sharing(session, body, now=now)
        place = {"Location": f"{router.prefix}/{added.id}", "ETag": added.etag}
        return Reply(201, AgreementShape.model_validate(added), place)

    return await once(act)


@router.get("/{agreement_id}", dependencies=[Depends(READING)], responses=problems(404))
async def read_agreement(
    agreement_id: UUID, session: Session, response: Response
) -> AgreementShape:
    """One agreement."""
    return _answer(response, await scheduling.find_agreement(session, agreement_id))


@router.patch(
    "/{agreement_id}", dependencies=[Depends(ADMINISTRATOR)], responses=problems(404, 412, 428)
)
async def change_agreement(
    agreement_id: UUID,
    body: scheduling.AgreementChanges,
    version: IfMatch,
    session: Session,
    response: Response,
) -> AgreementShape:
    """Change when it holds; `valid_to` null holds until it is ended."""
    changed = await scheduling.change_agreement(session, agreement_id, body, version=version)
    return _answer(response, changed)


@router.post(
    "/{agreement_id}/end",
    response_model=AgreementShape,
    dependencies=[Depends(ADMINISTRATOR)],
    responses=problems(404, 409, 412, 428),
)
async def end_sharing(
    agreement_id: UUID, version: IfMatch, once: Repeatable, session: Session, now: Now
) -> Response:
    """End it now. What was booked stays booked, and whoever booked it may still cancel it."""

    async def act() -> Reply:
        ended = await scheduling.end_sharing(session, agreement_id, version=version, now=now)
        return Reply(200, AgreementShape.model_validate(ended), {"ETag": ended.etag})

    return await once(act)
