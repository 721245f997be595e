"""Whose a monitor's readings are: by the link that holds at the time of each reading."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Monitor, MonitorLink, ServiceRequest
from app.observations.feed.monitors import new_link, note_link, tell_link

BY_CALL_SIGN = "its call sign"


@dataclass(frozen=True, slots=True)
class Link:
    """When a monitor measured which request's patient; `until` None is still."""

    id: UUID
    request_id: UUID
    how: str
    since: datetime
    until: datetime | None

    def holds_at(self, instant: datetime) -> bool:
        """Whether a reading taken then is of this patient."""
        return self.since <= instant and (self.until is None or instant <= self.until)


@dataclass(frozen=True, slots=True)
class Known:
    """A monitor that may send, and whom it measured, the latest first."""

    monitor: Monitor
    links: tuple[Link, ...]

    def request_at(self, instant: datetime) -> UUID | None:
        """Whose a reading of that time is."""
        return next((link.request_id for link in self.links if link.holds_at(instant)), None)

    @property
    def is_linked(self) -> bool:
        """Whether it measures somebody now."""
        return any(link.until is None for link in self.links)


async def known_monitors(
    session: AsyncSession, wanted: Collection[UUID], *, since: datetime, now: datetime
) -> dict[UUID, Known]:
    """Of the monitors wanted, those in use, with the links that matter from `since` on, once each
    with a call sign has followed it."""
    found = await session.scalars(
        select(Monitor).where(Monitor.id.in_(list(wanted)), Monitor.revoked_at.is_(None))
    )
    monitors = {monitor.id: monitor for monitor in found}
    links = await _links(session, monitors, since)
    await _follow_call_signs(session, monitors, links, now)
    await _mark_seen(session, list(monitors.values()), now)
    return {key: Known(monitor, tuple(links[key])) for key, monitor in monitors.items()}


async def is_linked(session: AsyncSession, monitor: Monitor, *, now: datetime) -> bool:
    """Whether the monitor measures somebody now; linked by its call sign, where that is so."""
    known = await known_monitors(session, [monitor.id], since=now, now=now)
    return monitor.id in known and known[monitor.id].is_linked


async def _links(
    session: AsyncSession, monitors: Mapping[UUID, Monitor], since: datetime
) -> dict[UUID, list[Link]]:
    until = func.least(MonitorLink.ended_at, ServiceRequest.closed_at)  # NULLs are passed over
    rows = await session.execute(
        select(MonitorLink, until)
        .join(ServiceRequest, ServiceRequest.id == MonitorLink.service_request_id)
        .where(
            MonitorLink.monitor_id.in_(list(monitors)),
            MonitorLink.wrong.is_(False),
            or_(until.is_(None), until >= since),
        )
        .order_by(MonitorLink.since.desc())
    )
    found: dict[UUID, list[Link]] = {key: [] for key in monitors}
    for link, ended in rows.all():
        found[link.monitor_id].append(
            Link(link.id, link.service_request_id, link.how, link.since, ended)
        )
    return found


async def _follow_call_signs(
    session: AsyncSession,
    monitors: Mapping[UUID, Monitor],
    links: dict[UUID, list[Link]],
    now: datetime,
) -> None:
    """Link a monitor to its vehicle's open request, where there is exactly one. With another
    request the vehicle may have another patient: then nobody guesses, and the crew chooses."""
    named = [monitor for monitor in monitors.values() if monitor.call_sign]
    if not named:
        return
    requests = await _open_requests(session, {monitor.call_sign.upper() for monitor in named})
    for monitor in named:
        open_now = requests.get(monitor.call_sign.upper(), [])
        present = next((link for link in links[monitor.id] if link.until is None), None)
        if present is None:
            await _link(session, monitor, open_now, links[monitor.id], now)
        elif present.how == "call-sign":
            await _let_go(session, present, open_now, links[monitor.id])


async def _link(
    session: AsyncSession,
    monitor: Monitor,
    open_now: Sequence[ServiceRequest],
    links: list[Link],
    now: datetime,
) -> None:
    if len(open_now) != 1 or await _was_linked(session, monitor, open_now[0]):
        return
    request = open_now[0]
    await _close_left_open(session, monitor, now)
    row = new_link(monitor, request, how="call-sign", since=request.raised_at, by=BY_CALL_SIGN)
    session.add(row)
    await session.flush()
    note_link(session, "C", "link Monitor by its call sign", request)
    tell_link(session, "monitor.linked", row, request)
    links.insert(0, Link(row.id, request.id, row.how, row.since, None))


async def _let_go(
    session: AsyncSession, present: Link, open_now: Sequence[ServiceRequest], links: list[Link]
) -> None:
    own = next((each for each in open_now if each.id == present.request_id), None)
    later = [each.raised_at for each in open_now if own and each.raised_at > own.raised_at]
    if own is None or not later:
        return
    ended_at = min(later)
    row = await session.get_one(MonitorLink, present.id)
    row.ended_at, row.ended_by_name = ended_at, "another request of its call sign"
    await session.flush()
    note_link(session, "U", "unlink Monitor: another request of its call sign", own)
    tell_link(session, "monitor.unlinked", row, own)
    links[links.index(present)] = replace(present, until=ended_at)


async def _open_requests(
    session: AsyncSession, call_signs: Collection[str]
) -> dict[str, list[ServiceRequest]]:
    rows = await session.scalars(
        select(ServiceRequest).where(
            func.upper(ServiceRequest.call_sign).in_(list(call_signs)),
            ServiceRequest.closed_at.is_(None),
        )
    )
    found: dict[str, list[ServiceRequest]] = {}
    for request in rows:
        found.setdefault(request.call_sign.upper(), []).append(request)
    return found


async def _was_linked(session: AsyncSession, monitor: Monitor, request: ServiceRequest) -> bool:
    """The crew has taken it off this patient: it is not put back by itself."""
    return bool(
        await session.scalar(
            select(MonitorLink.id).where(
                MonitorLink.monitor_id == monitor.id,
                MonitorLink.service_request_id == request.id,
            )
        )
    )


async def _close_left_open(session: AsyncSession, monitor: Monitor, now: datetime) -> None:
    """A link to a request that is closed by now ended with it."""
    await session.execute(
        update(MonitorLink)
        .where(MonitorLink.monitor_id == monitor.id, MonitorLink.ended_at.is_(None))
        .values(ended_at=now)
        .execution_options(synchronize_session=False)
    )


async def _mark_seen(session: AsyncSession, monitors: Sequence[Monitor], now: datetime) -> None:
    """To the minute: a page asks whether it sends at all."""
    due = [
        monitor.id
        for monitor in monitors
        if monitor.last_seen_at is None or (now - monitor.last_seen_at).total_seconds() >= 60
    ]
    if due:
        await session.execute(
            update(Monitor)
            .where(Monitor.id.in_(due))
            .values(last_seen_at=now)
            .execution_options(synchronize_session=False)
        )
