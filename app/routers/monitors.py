"""Patient monitors: registered by an administrator, put on a patient by the crew."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, StrictBool

from app.models import Monitor
from app.models.time_zone import Moment
from app.observations import feed
from app.routers.dependencies import IfMatch, Now, Session, allow
from app.routers.paging import PageOf
from app.routers.problems import problems

router = APIRouter(prefix="/api/v1", tags=["monitors"])
administrators = Depends(allow("administrator"))
crews = Depends(allow("crew"))
both_sides = Depends(allow("crew", "clinician"))


class MonitorShape(BaseModel):
    """A monitor. `last_seen_at` is right to the minute; `revoked_at` says that it is out of use."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    call_sign: str
    registered_by_name: str
    created_at: datetime
    last_seen_at: datetime | None
    revoked_at: datetime | None
    version: int


class MonitorWithSecret(MonitorShape):
    """What it signs in with at /api/v1/token (RFC 6749 §4.4). The secret is told this once."""

    client_id: str
    client_secret: str


class Linking(BaseModel):
    """Put a monitor on a request's patient. Without `since`: from the asking for advice on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    monitor_id: UUID
    since: Moment | None = None


class MonitorLinkEnding(BaseModel):
    """`wrong`: it never was on this patient, and what it sent is taken back."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    wrong: StrictBool = False


class MonitorLinkShape(BaseModel):
    """When a monitor measured whose vital signs."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    monitor_id: UUID
    monitor_name: str
    service_request_id: UUID
    how: Literal["call-sign", "chosen"]
    since: datetime
    linked_by_name: str
    ended_at: datetime | None
    ended_by_name: str
    wrong: bool


@router.get("/monitors", dependencies=[Depends(allow("administrator", "crew"))])
async def list_monitors(session: Session) -> PageOf[MonitorShape]:
    """Your organisation's, those in use first; up to 500 are one page."""
    found = await feed.list_monitors(session)
    return PageOf(items=[MonitorShape.model_validate(each) for each in found], next=None)


@router.post("/monitors", status_code=201, responses=problems(409), dependencies=[administrators])
async def register_monitor(
    body: feed.NewMonitor, session: Session, response: Response
) -> MonitorWithSecret:
    """Register one. Its name must not be in use, so that a repeat registers nothing twice."""
    made = await feed.register_monitor(session, body)
    response.headers["Location"] = f"{router.prefix}/monitors/{made.monitor.id}"
    shape = _tagged(made.monitor, response)
    return MonitorWithSecret(
        **shape.model_dump(), client_id=made.client_id, client_secret=made.secret
    )


@router.get("/monitors/{monitor_id}", responses=problems(404), dependencies=[administrators])
async def read_monitor(monitor_id: UUID, session: Session, response: Response) -> MonitorShape:
    """One monitor."""
    return _tagged(await feed.find_monitor(session, monitor_id), response)


@router.post(
    "/monitors/{monitor_id}/revoke",
    responses=problems(404, 412, 428),
    dependencies=[administrators],
)
async def revoke_monitor(
    monitor_id: UUID, version: IfMatch, session: Session, now: Now, response: Response
) -> MonitorShape:
    """Its secret opens nothing from now on. Again changes nothing."""
    revoked = await feed.revoke_monitor(session, monitor_id, version=version, now=now)
    return _tagged(revoked, response)


@router.get(
    "/service-requests/{request_id}/monitors",
    responses=problems(404),
    dependencies=[both_sides],
)
async def links_of_request(request_id: UUID, session: Session) -> PageOf[MonitorLinkShape]:
    """Which monitors measure, or measured, this patient, newest first; up to 100 are one page."""
    found = await feed.links_of_request(session, request_id)
    return PageOf(items=[MonitorLinkShape.model_validate(each) for each in found], next=None)


@router.post(
    "/service-requests/{request_id}/monitors",
    status_code=201,
    responses=problems(404, 409),
    dependencies=[crews],
)
async def link_monitor(
    request_id: UUID, body: Linking, session: Session, now: Now
) -> MonitorLinkShape:
    """Put a monitor on this patient; it is on nobody else's from now on. Again changes nothing."""
    link = await feed.link_monitor(session, request_id, body.monitor_id, since=body.since, now=now)
    return MonitorLinkShape.model_validate(link)


@router.post("/monitor-links/{link_id}/end", responses=problems(404), dependencies=[crews])
async def end_link(
    link_id: UUID, body: MonitorLinkEnding, session: Session, now: Now
) -> MonitorLinkShape:
    """Take a monitor off this patient. Again changes nothing."""
    link = await feed.end_link(session, link_id, wrong=body.wrong, now=now)
    return MonitorLinkShape.model_validate(link)


def _tagged(monitor: Monitor, response: Response) -> MonitorShape:
    response.headers["ETag"] = monitor.etag
    return MonitorShape.model_validate(monitor)
