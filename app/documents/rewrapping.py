"""After the installation's key was changed: organisations' keys are sealed with the new one, and
nothing of what they wrap. And the end of all that one organisation's key wraps."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import LargeBinary, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import Database, organization_of
from app.documents import contents, recordings
from app.documents.keys import erase_key, renew_key, sealing_of
from app.errors import KeyErased
from app.identity import Actor
from app.models import Document, Recording
from app.sealing import CannotUnseal, Sealing

Record = TypeVar("Record", Document, Recording)
AT_ONCE = 500
"""Records in one transaction: their rows are locked until its end."""


class Renewal:
    """One organisation's, step by step, each in a transaction of its own.

    `wrapped` counts the keys of records that the organisation's key wraps now and the
    installation's wrapped before; `unopened` those that no key of this installation opens.
    """

    def __init__(
        self, database: Database, installation: Sealing, actor: Actor, *, at_once: int = AT_ONCE
    ) -> None:
        self._database, self._installation, self._actor = database, installation, actor
        self._at_once = at_once
        self.is_renewed = False
        self.wrapped = self.unopened = 0

    async def run(self) -> None:
        """Leave nothing that needs an earlier key of the installation's. Raises KeyErased,
        Unavailable."""
        async with self._database.transaction(self._actor) as session:
            self.is_renewed = await renew_key(session, self._installation)
        await self._wrap_all(Document, contents.key_context)
        await self._wrap_all(Recording, recordings.key_context)

    async def erase(self, now: datetime) -> None:
        """Erase the organisation's key, once it wraps everything. The jobs find all that it
        wrapped due from now on, and remove it. Again is no error. Raises Unavailable."""
        with suppress(KeyErased):
            await self.run()
        async with self._database.transaction(self._actor) as session:
            await erase_key(session, now=now)
            for kind in (Document, Recording):
                theirs = kind.organization_id == organization_of(session)
                await session.execute(
                    update(kind).where(theirs, kind.keep_until > now).values(keep_until=now),
                    execution_options={"synchronize_session": False},
                )

    async def _wrap_all(self, kind: type[Record], context: Callable[[UUID], str]) -> None:
        last: UUID | None = UUID(int=0)
        while last is not None:
            async with self._database.transaction(self._actor) as session:
                own = await sealing_of(session, self._installation, organization_of(session))
                rows = await self._left(session, own, kind, last)
                for row in rows:
                    row.sealed_key = self._wrapped(own, row.sealed_key, context(row.id))
            last = rows[-1].id if rows else None

    async def _left(
        self, session: AsyncSession, own: Sealing, kind: type[Record], after: UUID
    ) -> Sequence[Record]:
        """The next of those that another key wraps, locked."""
        head = func.substring(kind.sealed_key, 1, len(own.head), type_=LargeBinary)
        found = await session.scalars(
            select(kind)
            .where(kind.organization_id == organization_of(session), kind.id > after)
            .where(head != own.head)
            .order_by(kind.id)
            .limit(self._at_once)
            .with_for_update()
        )
        return found.all()

    def _wrapped(self, own: Sealing, key: bytes | None, context: str) -> bytes | None:
        """As it was, where no key opens it."""
        try:
            wrapped = own.seal(own.unseal(key or b"", context), context)
        except CannotUnseal:
            self.unopened += 1
            return key
        self.wrapped += 1
        return wrapped
