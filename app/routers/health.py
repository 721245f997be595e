"""Whether the process lives, and whether it can serve."""

from alembic.script import ScriptDirectory
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.database import Database, alembic_config
from app.errors import RoomServerUnavailable
from app.routers.dependencies import Db
from app.signalling.client import RoomServers

router = APIRouter(prefix="/health", tags=["health"])


class Health(BaseModel):
    """`status` is ok, degraded (all but calls works: 200) or failing (503).

    Each check says ok, or in a few words what is wrong.
    """

    status: str
    checks: dict[str, str]


@router.get("/live")
async def live() -> Health:
    """The process answers: nothing else is asked."""
    return Health(status="ok", checks={})


@router.get("/ready", responses={503: {"model": Health, "description": "Not ready"}})
async def ready(db: Db, request: Request, response: Response) -> Health:
    """The database answers and has the shape this version needs; calls are looked at too."""
    rooms: RoomServers = request.app.state.room_servers
    checks = {"database": await _database(db), "calls": await _rooms(rooms)}
    if checks["database"] != "ok":
        response.status_code = 503
        return Health(status="failing", checks=checks)
    # A fault in media takes no node out of service: booking goes on without calls.
    return Health(status="ok" if checks["calls"] == "ok" else "degraded", checks=checks)


async def _rooms(rooms: RoomServers) -> str:
    try:
        await rooms.health()
    except RoomServerUnavailable:
        return "a room server does not answer"
    return "ok"


async def _database(db: Database) -> str:
    try:
        async with db.transaction() as session:
            revision = await session.scalar(text("SELECT version_num FROM alembic_version"))
    except (SQLAlchemyError, OSError, TimeoutError):
        return "not reachable"
    head = ScriptDirectory.from_config(alembic_config(db.url)).get_current_head()
    return "ok" if revision == head else "migrations are missing"
