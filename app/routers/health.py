"""Whether the process lives, and whether it can serve."""

from alembic.script import ScriptDirectory
from fastapi import APIRouter, Response
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.database import Database, alembic_config
from app.routers.dependencies import Db

router = APIRouter(prefix="/health", tags=["health"])


class Health(BaseModel):
    """`status` is ok or failing; each check says ok, or in a few words what is wrong."""

    status: str
    checks: dict[str, str]


@router.get("/live")
async def live() -> Health:
    """The process answers: nothing else is asked."""
    return Health(status="ok", checks={})


@router.get("/ready", responses={503: {"model": Health, "description": "Not ready"}})
async def ready(db: Db, response: Response) -> Health:
    """The database answers and has the shape this version needs."""
    checks = {"database": await _database(db)}
    failing = any(value != "ok" for value in checks.values())
    response.status_code = 503 if failing else 200
    return Health(status="failing" if failing else "ok", checks=checks)


async def _database(db: Database) -> str:
    try:
        async with db.transaction() as session:
            revision = await session.scalar(text("SELECT version_num FROM alembic_version"))
    except (SQLAlchemyError, OSError, TimeoutError):
        return "not reachable"
    head = ScriptDirectory.from_config(alembic_config(db.url)).get_current_head()
    return "ok" if revision == head else "migrations are missing"
