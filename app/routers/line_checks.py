"""Checks of lines before calls: pages tell what they found, support reads it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict

from app import encounters
from app.encounters import CheckedLine
from app.encounters.linechecks import Browser, Verdict, Way
from app.routers.dependencies import Now, Session, allow
from app.routers.encounters import Role
from app.routers.paging import Cursor, Limit, PageOf, after, page_of
from app.routers.problems import problems

router = APIRouter(prefix="/api/v1", tags=["line checks"])


class LineFacts(BaseModel):
    """What a device found out about its line. `verdict` is what the page said: good for `video`,
    for `sound` only, media `blocked`, or `no-line` where not even the socket opened.

    Media went by `way`; of each way, whether anything answered there, or null where that was not
    found out. Losses are shares of what came and of what was sent.
    """

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    encounter_id: UUID
    participant_id: UUID
    checked_at: datetime
    verdict: Verdict
    way: Way
    udp_answered: bool | None
    tcp_answered: bool | None
    relay_answered: bool | None
    round_trip_ms: int | None
    loss: float | None
    sending_loss: float | None
    received_kbps: int | None
    sent_kbps: int | None
    browser: Browser


class LineCheckShape(LineFacts):
    """A check, and whose device it was by their part in the consultation."""

    role: Role
    role_label: str


def _shape(line: CheckedLine) -> LineCheckShape:
    facts = LineFacts.model_validate(line.check).model_dump()
    return LineCheckShape(**facts, role=line.role, role_label=line.role_label)


@router.post(
    "/encounters/{encounter_id}/line-checks", status_code=204, responses=problems(404, 409)
)
async def store_line_check(
    encounter_id: UUID, body: encounters.NewLineCheck, session: Session, now: Now
) -> None:
    """Keep what one's own device found out about its line. The same again changes nothing."""
    await encounters.store_line_check(session, encounter_id, body, now=now)


@router.get("/line-checks", dependencies=[Depends(allow("administrator"))], responses=problems(404))
async def list_line_checks(
    session: Session,
    *,
    encounter_id: Annotated[UUID | None, Query(description="Of one consultation")] = None,
    verdict: Annotated[Verdict | None, Query(description="That came to this")] = None,
    limit: Limit = 25,
    cursor: Cursor = None,
) -> PageOf[LineCheckShape]:
    """Your organisation's checks, newest first, for 90 days."""
    wanted = encounters.LineCheckFilters(encounter_id, verdict)
    start = after(cursor, limit, datetime, UUID)
    page = await encounters.list_line_checks(session, wanted, after=start)
    return page_of(page, _shape)
