"""The edge: a cookie, a bearer token or a join link becomes a Principal, or a refusal."""

from datetime import datetime

from starlette.requests import HTTPConnection

from app.config import Settings
from app.database import Database
from app.errors import NotAuthenticated
from app.identity import Principal


def client_address(connection: HTTPConnection) -> str:
    """The peer's network address."""
    return connection.client.host if connection.client else "-"


async def authenticate(
    connection: HTTPConnection, database: Database, settings: Settings, now: datetime
) -> Principal:
    """Whoever the credential belongs to. Raises NotAuthenticated."""
    del connection, database, settings, now
    raise NotAuthenticated
