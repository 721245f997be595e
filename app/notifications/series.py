"""One text for many appointments of a series: eight at once would be a nuisance, and dear.

The earliest appointment's message leads; the others have a row that was not sent and says so, by
which they count as told. An e-mail stays one for each: it brings an invitation, and RFC 5546
§3.2.2 has one event in each.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Appointment, Communication
from app.notifications.kinds import TELLING, Kind
from app.notifications.rows import Message
from app.notifications.telling import Telling, message, news

WITH_SERIES = "Told with the first of the series."


def is_grouped(telling: Telling) -> bool:
    """Whether it is told with others. Not without reminders: they bring the other links."""
    return (
        telling.appointment.series_id is not None
        and telling.route.medium == "sms"
        and bool(telling.route.address)
        and bool(telling.policy.reminder_minutes)
    )


async def siblings(session: AsyncSession, telling: Telling, now: datetime) -> list[Telling]:
    """The series' other appointments that are still to come, by start."""
    appointments = await session.scalars(
        select(Appointment)
        .where(
            Appointment.series_id == telling.appointment.series_id,
            Appointment.id != telling.appointment.id,
            Appointment.starts_at > now,
        )
        .order_by(Appointment.starts_at)
        .execution_options(populate_existing=True)
    )
    others = appointments.all()
    rows = await session.scalars(
        select(Communication)
        .where(Communication.appointment_id.in_([other.id for other in others]))
        .order_by(Communication.created_at, Communication.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    kept = rows.all()
    return [
        replace(telling, appointment=other, rows=[r for r in kept if r.appointment_id == other.id])
        for other in others
    ]


def group_news(
    telling: Telling, others: Sequence[Telling], kind: Kind, *, due_at: datetime, now: datetime
) -> list[Message]:
    """One message for all that need this kind of news now."""
    group = [telling, *(other for other in others if other.needed(now) == kind)]
    leader, *rest = sorted(group, key=lambda one: one.appointment.start)
    return [
        news(leader, kind, due_at=due_at),
        *(
            replace(
                message(one, kind, key=_key(leader.appointment, kind, one, now), due_at=due_at),
                status="cancelled",
                problem=WITH_SERIES,
            )
            for one in rest
        ),
    ]


def _key(leader: Appointment, kind: Kind, one: Telling, now: datetime) -> str:
    return f"{_prefix(leader.id, kind)}{one.appointment.id}:{leader.sequence}:{now.isoformat()}"


def _prefix(leader_id: object, kind: str) -> str:
    return f"with:{leader_id}:{kind}:"


async def forget_followers(session: AsyncSession, row: Communication) -> None:
    """Whom a message that is dropped unsaid would have spoken for is untold again."""
    if row.kind not in TELLING or row.says or row.appointment_id is None:
        return
    series = select(Appointment.series_id).where(Appointment.id == row.appointment_id)
    followers = select(Appointment.id).where(Appointment.series_id == series.scalar_subquery())
    await session.execute(
        update(Communication)
        .where(
            Communication.appointment_id.in_(followers),
            Communication.dedupe_key.startswith(_prefix(row.appointment_id, row.kind)),
        )
        .values(says="")
        .execution_options(synchronize_session=False)
    )


async def spoken_for(session: AsyncSession, row: Communication) -> tuple[datetime, ...]:
    """When the others begin of which this message tells too."""
    found = await session.scalars(
        select(Appointment.starts_at)
        .join(Communication, Communication.appointment_id == Appointment.id)
        .where(
            Appointment.series_id
            == select(Appointment.series_id)
            .where(Appointment.id == row.appointment_id)
            .scalar_subquery(),
            Communication.dedupe_key.startswith(_prefix(row.appointment_id, row.kind)),
            Communication.says != "",
        )
        .order_by(Appointment.starts_at)
    )
    return tuple(found.unique())
