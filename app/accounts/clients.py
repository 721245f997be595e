"""API clients: schedulers' systems that come with an id and a secret (RFC 6749 §4.4)."""

from collections.abc import Iterable
from hmac import compare_digest
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ARRAY, DateTime, Row, String, Uuid, bindparam, column, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.accounts.sessions import SIGN_IN, digest, new_secret
from app.database import Database, actor_of
from app.errors import InvalidClient, NotAuthenticated
from app.identity import Principal
from app.models import ApiClient

# What a system may be let do: see `allow(..., scope=)` on each route.
SCOPES = frozenset({"booking", "device-feed", "whip", "whep"})
# Asked at each request of a system.
_CLIENT = select(
    func.openconsult_client(bindparam("known", type_=Uuid)).table_valued(
        column("id", Uuid),
        column("organization_id", Uuid),
        column("name", String),
        column("scopes", ARRAY(String)),
        column("disabled_at", DateTime(timezone=True)),
    )
)


async def create_client(
    session: AsyncSession,
    name: str,
    scopes: Iterable[str],
    *,
    client_id: str | None = None,
    secret: str | None = None,
) -> tuple[ApiClient, str]:
    """A client of the actor's organisation, and its secret, told once. Demo data names both."""
    organization_id = actor_of(session).organization_id
    wanted = frozenset(scopes)
    if organization_id is None or not wanted <= SCOPES:
        raise ValueError("a client needs an organisation and known scopes")
    secret = secret or new_secret()
    client = ApiClient(
        organization_id=organization_id,
        client_id=client_id or uuid4().hex,
        secret_digest=digest(secret),
        name=name,
        scopes=sorted(wanted),
    )
    session.add(client)
    await session.flush()
    audit.record(session, "C", "created an API client", resource="ApiClient", resource_id=client.id)
    return client, secret


async def authenticate_client(
    database: Database, client_id: str, secret: str, *, scopes: frozenset[str] | None = None
) -> Principal:
    """The system behind a client id, with the scopes it asks for, or all of its own.

    Raises InvalidClient. A scope that the client may not have is left out (RFC 6749 §3.3).
    """
    async with database.transaction(SIGN_IN) as session:
        client = await session.scalar(select(ApiClient).where(ApiClient.client_id == client_id))
    kept = client.secret_digest if client else bytes(32)
    if not compare_digest(kept, digest(secret)) or client is None or client.disabled_at:
        raise InvalidClient
    return _principal(client, scopes)


def bearer_token(client: ApiClient, secret: str) -> str:
    """Both in one, for devices that know nothing but a bearer token (RFC 6750 §2.1)."""
    return f"{client.client_id}.{secret}"


async def authenticate_bearer(database: Database, token: str) -> Principal:
    """The system behind such a token. Raises InvalidClient."""
    client_id, _, secret = token.partition(".")
    return await authenticate_client(database, client_id, secret)


async def principal_of_client(
    database: Database, client: UUID, *, scopes: frozenset[str]
) -> Principal:
    """The system a token was issued to. Raises NotAuthenticated when disabled since."""
    found = await database.ask(_CLIENT, known=client)
    if found is None or found.disabled_at is not None:
        raise NotAuthenticated
    return _principal(found, scopes)


def _principal(
    client: ApiClient | Row[*tuple[Any, ...]], scopes: frozenset[str] | None
) -> Principal:
    own = frozenset(client.scopes)
    return Principal(
        kind="system",
        subject=client.id,
        organization_id=client.organization_id,
        name=client.name,
        scopes=own if scopes is None else own & scopes,
    )
