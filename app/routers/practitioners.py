"""Members of staff and their roles."""

from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict

from app import directory
from app.directory import PractitionerEntry
from app.identity import StaffRole
from app.routers.dependencies import IfMatch, Session, allow
from app.routers.idempotency import Repeatable, Reply
from app.routers.organizations import ANYBODY
from app.routers.paging import Cursor, Limit, PageOf, after, page_of
from app.routers.problems import problems

ADMINISTRATOR = allow("administrator")
router = APIRouter(prefix="/api/v1/practitioners", tags=["directory"])


class RoleShape(BaseModel):
    """A role in force (FHIR PractitionerRole)."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    role: StaffRole
    specialty: str
    service_id: UUID | None
    call_sign: str
    ring_order: int
    shared: bool


class PractitionerShape(BaseModel):
    """A member of staff (FHIR Practitioner) with roles. `version` is the ETag."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    title: str
    given_name: str
    family_name: str
    registration: str
    languages: list[str]
    shared: bool
    active: bool
    version: int
    roles: list[RoleShape]


def _shape(entry: PractitionerEntry) -> PractitionerShape:
    person = entry.practitioner
    return PractitionerShape(
        id=person.id,
        name=person.display_name,
        title=person.title,
        given_name=person.given_name,
        family_name=person.family_name,
        registration=person.registration,
        languages=list(person.languages),
        shared=person.shared,
        active=person.active,
        version=person.version,
        roles=[RoleShape.model_validate(role) for role in entry.roles],
    )


@router.get("", dependencies=[Depends(ANYBODY)])
async def list_practitioners(
    session: Session, role: StaffRole | None = None, limit: Limit = 25, cursor: Cursor = None
) -> PageOf[PractitionerShape]:
    """Staff of your organisation, by name."""
    start = after(cursor, limit, str, str, UUID)
    return page_of(await directory.list_practitioners(session, after=start, role=role), _shape)


@router.post(
    "",
    status_code=201,
    response_model=PractitionerShape,
    dependencies=[Depends(ADMINISTRATOR)],
    responses=problems(409),
)
async def add_practitioner(
    body: directory.NewPractitioner, once: Repeatable, session: Session
) -> Response:
    """Enter a member of staff."""

    async def act() -> Reply:
        entry = await directory.add_practitioner(session, body)
        person = entry.practitioner
        place = {"Location": f"{router.prefix}/{person.id}", "ETag": person.etag}
        return Reply(201, _shape(entry), place)

    return await once(act)


@router.get("/{practitioner_id}", dependencies=[Depends(ANYBODY)], responses=problems(404))
async def read_practitioner(
    practitioner_id: UUID, session: Session, response: Response
) -> PractitionerShape:
    """One member of staff."""
    entry = await directory.read_practitioner(session, practitioner_id)
    response.headers["ETag"] = entry.practitioner.etag
    return _shape(entry)


@router.patch(
    "/{practitioner_id}",
    dependencies=[Depends(ADMINISTRATOR)],
    responses=problems(404, 412, 428),
)
async def change_practitioner(
    practitioner_id: UUID,
    body: directory.PractitionerChanges,
    version: IfMatch,
    session: Session,
    response: Response,
) -> PractitionerShape:
    """Change what the body names."""
    entry = await directory.change_practitioner(session, practitioner_id, body, version=version)
    response.headers["ETag"] = entry.practitioner.etag
    return _shape(entry)


@router.post(
    "/{practitioner_id}/roles",
    status_code=201,
    response_model=PractitionerShape,
    dependencies=[Depends(ADMINISTRATOR)],
    responses=problems(404, 409),
)
async def add_role(
    practitioner_id: UUID, body: directory.NewRole, once: Repeatable, session: Session
) -> Response:
    """Give a role."""

    async def act() -> Reply:
        return Reply(201, _shape(await directory.add_role(session, practitioner_id, body)), {})

    return await once(act)
