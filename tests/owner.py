"""The database's owner, past row-level security: what somebody could do who has its password."""

import asyncpg
from sqlalchemy.engine import make_url


async def as_owner(url: str, deeds: str = "SELECT 1", question: str = "SELECT 1") -> list[object]:
    """Run statements; the first column of what a question finds."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    owner = await asyncpg.connect(plain)
    try:
        await owner.execute(deeds)
        return [row[0] for row in await owner.fetch(question)]
    finally:
        await owner.close()
