"""From what happened to an appointment to messages that wait to be sent.

An event only says where to look: the appointment as it stands is compared with what its patient
was told last. So a repeated, late or stale event never makes a message that is not needed.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.models.time_zone import zone
from app.notifications.kinds import Kind, Medium
from app.notifications.quiet_hours import QuietHours, before
from app.notifications.rows import Message, add, drop
from app.notifications.series import forget_followers, group_news, is_grouped, siblings
from app.notifications.telling import OFF, Telling, message, news, tellings_of

ANSWERS_WITHIN = timedelta(minutes=5)
"""A message that comes this soon after a deed answers it, at any hour of the night."""
LEAST_NOTICE = timedelta(hours=1)
"""A reminder this soon after the booking reminds nobody of anything."""
SUPERSEDED = "Something newer was to be said."


async def follow_appointments(
    session: AsyncSession,
    deeds: Mapping[UUID, datetime],
    *,
    now: datetime,
    media: Collection[Medium] = (),
) -> None:
    """Queue what the patients of these need to know and drop what is not so any more.

    `deeds` says when something happened last to which; `media` are those we can send by, none
    means any. They are read and written together, but for those of a series that are told with
    others: what one of them is told of counts for the next.
    """
    new: list[Message] = []
    told_with_others: list[UUID] = []
    for telling in await tellings_of(session, deeds, media):
        appointment_id = telling.appointment.id
        if is_grouped(telling):
            told_with_others.append(appointment_id)
        else:
            new += await _to_say(session, telling, deed_at=deeds[appointment_id], now=now)
    await add(session, new)
    for appointment_id in told_with_others:
        deed_at = deeds[appointment_id]
        await _follow_grouped(session, appointment_id, deed_at=deed_at, now=now, media=media)


async def _follow_grouped(
    session: AsyncSession,
    appointment_id: UUID,
    *,
    deed_at: datetime,
    now: datetime,
    media: Collection[Medium],
) -> None:
    for telling in await tellings_of(session, [appointment_id], media):
        kind = telling.needed(now)
        await add(session, await _to_say(session, telling, deed_at=deed_at, now=now))
        if not kind and telling.appointment.status in OFF and not telling.told(now):
            await _pass_on(session, telling, deed_at=deed_at, now=now, media=media)


async def _to_say(
    session: AsyncSession, telling: Telling, *, deed_at: datetime, now: datetime
) -> list[Message]:
    """What is new; what waits and is not so any more is dropped."""
    appointment, kind = telling.appointment, telling.needed(now)
    is_on = appointment.status == "booked" and appointment.start > now
    # Whoever has come or has not is told nothing more, and reminded of nothing.
    for row in telling.stale(now) if is_on or appointment.status in OFF else telling.waiting(now):
        drop(session, row, SUPERSEDED)
        await forget_followers(session, row)
    new = await _news(session, telling, kind, deed_at=deed_at, now=now) if kind else []
    if is_on and telling.route.address:
        new += _reminders(session, telling, now=now)
    return new


async def _news(
    session: AsyncSession, telling: Telling, kind: Kind, *, deed_at: datetime, now: datetime
) -> list[Message]:
    due_at = _answer_at(telling, deed_at, now)
    if not is_grouped(telling):
        return [news(telling, kind, due_at=due_at)]
    await session.flush()  # what was dropped just now is untold
    others = await siblings(session, telling, now)
    return group_news(telling, others, kind, due_at=due_at, now=now)


async def _pass_on(
    session: AsyncSession,
    telling: Telling,
    *,
    deed_at: datetime,
    now: datetime,
    media: Collection[Medium],
) -> None:
    """It would have spoken for others of its series, but is off unsaid: the next one leads."""
    await session.flush()
    untold = [one for one in await siblings(session, telling, now) if one.needed(now)]
    if untold:
        following = untold[0].appointment.id
        await follow_appointments(session, {following: deed_at}, now=now, media=media)


def _answer_at(telling: Telling, deed_at: datetime, now: datetime) -> datetime:
    """At once as an answer to a deed, or where the quiet would last past the start."""
    after_quiet = telling.quiet.over(now)
    too_late = after_quiet >= telling.appointment.start
    return now if now - deed_at <= ANSWERS_WITHIN or too_late else after_quiet


def _reminders(session: AsyncSession, telling: Telling, *, now: datetime) -> list[Message]:
    """Those that are missing; those that wait are put right where the rules have changed."""
    due = reminders(
        telling.appointment.start,
        telling.policy.reminder_minutes,
        quiet=telling.quiet,
        zone_name=telling.appointment.time_zone,
        now=now,
    )
    for minutes, row in telling.reminders.items():
        if row.status == "queued" and not row.attempts and minutes in due:
            row.due_at = due[minutes]
        elif row.status == "queued" and minutes not in telling.policy.reminder_minutes:
            drop(session, row, "The rules have changed.")
    key = f"reminder:{telling.appointment.id}:{telling.appointment.sequence}:{telling.says}"
    return [
        message(telling, "reminder", key=f"{key}:{minutes}", due_at=due_at)
        for minutes, due_at in due.items()
        if minutes not in telling.reminders
    ]


def reminders(
    start: datetime,
    minutes: Sequence[int],
    *,
    quiet: QuietHours,
    zone_name: str,
    now: datetime,
) -> dict[int, datetime]:
    """When to remind, by the minutes before: outside the quiet, before the start, not too soon
    after now, and once where the quiet moves two to the same time."""
    due: dict[datetime, int] = {}
    for before_start in sorted(minutes, reverse=True):
        at = quiet.over(before(start, before_start, zone(zone_name)))
        if now + LEAST_NOTICE <= at < start:
            due[at] = before_start
    return {before_start: at for at, before_start in due.items()}
