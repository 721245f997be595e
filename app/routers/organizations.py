"""Organisations, by ODS code."""

from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict

from app import directory
from app.routers.dependencies import IfMatch, Session, allow
from app.routers.paging import Cursor, Limit, PageOf, after, page_of
from app.routers.problems import problems

ANYBODY = allow("clinician", "crew", "scheduler", "administrator", "auditor", scope="booking")
router = APIRouter(prefix="/api/v1/organizations", tags=["directory"])


class OrganizationShape(BaseModel):
    """An organisation as the NHS knows it. `kind` is gp-practice, hospital, ambulance, nhs-111.

    `dictation` says whether its crews may speak into forms: `off`, `on-device` where the device
    itself understands, or `any`, where the browser's maker may hear it. `relay_only` sends its
    calls over the site's TURN servers alone. `direct_calls` lets two browsers send to each other
    while nobody else is there and nothing is recorded; all organisations of a call must allow it.
    `version` is the ETag.
    """

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    ods_code: str
    name: str
    kind: str
    phone: str
    time_zone: str
    dictation: directory.Dictation
    relay_only: bool
    direct_calls: bool
    version: int


@router.get("", dependencies=[Depends(ANYBODY)])
async def list_organizations(
    session: Session, limit: Limit = 25, cursor: Cursor = None
) -> PageOf[OrganizationShape]:
    """All organisations here."""
    page = await directory.list_organizations(session, after=after(cursor, limit, str, UUID))
    return page_of(page, OrganizationShape.model_validate)


@router.get("/{organization_id}", dependencies=[Depends(ANYBODY)], responses=problems(404))
async def read_organization(
    organization_id: UUID, session: Session, response: Response
) -> OrganizationShape:
    """One organisation."""
    found = await directory.find_organization(session, organization_id)
    response.headers["ETag"] = found.etag
    return OrganizationShape.model_validate(found)


@router.patch(
    "/{organization_id}",
    dependencies=[Depends(allow("administrator"))],
    responses=problems(404, 412, 428),
)
async def change_organization(
    organization_id: UUID,
    body: directory.OrganizationChanges,
    version: IfMatch,
    session: Session,
    response: Response,
) -> OrganizationShape:
    """Change one's own organisation's settings, as far as the body names them."""
    changed = await directory.change_organization(session, organization_id, body, version=version)
    response.headers["ETag"] = changed.etag
    return OrganizationShape.model_validate(changed)
