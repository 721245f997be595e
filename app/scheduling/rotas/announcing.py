"""The domain event of rotas: other slots are offered, or the same no more."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app import outbox
from app.database import organization_of


def announce_rota(
    session: AsyncSession, resource_id: UUID, practitioners: Iterable[UUID | None]
) -> None:
    """Tell the desk and whose rotas it is about. `resource_id` is the schedule's or exception's."""
    people = sorted({str(person) for person in practitioners if person is not None})
    outbox.emit(
        session,
        "schedule.changed",
        resource_id,
        audience=[
            *(f"practitioner:{person}" for person in people),
            f"scheduler@{organization_of(session)}",
        ],
        payload={"practitioner_ids": people},
    )
