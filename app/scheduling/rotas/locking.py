"""The rota lock: whoever books shares it, whoever changes a rota has it alone.

Else a booking that read the old rota could commit beside the change that no longer offers its
time, and nobody would be told. One lock for an organisation, taken before any row is locked: with
one for each practitioner, two who need several could wait for each other (docs/decisions/0014).
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import organization_of
from app.writing import send

_SHARE = text("SELECT pg_advisory_xact_lock_shared(hashtextextended(:key, 0))")
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")


async def share_rotas(session: AsyncSession) -> None:
    """Keep rotas as they are until this transaction ends. What is read after it is the present."""
    await send(session, _SHARE, _key(session))


async def lock_rotas(session: AsyncSession) -> None:
    """Wait for those who book by the present rotas, and let nobody else until this ends."""
    await send(session, _LOCK, _key(session))


def _key(session: AsyncSession) -> dict[str, str]:
    return {"key": f"rotas {organization_of(session)}"}
