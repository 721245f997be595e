"""What runs beside the requests for as long as a web process lives, in one list."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import structlog
from fastapi import FastAPI
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app import documents, encounters, jobs, notifications, outbox, referrals
from app.clock import utc_now
from app.config import Settings
from app.database import Database
from app.notifications import rings, webhooks
from app.observations.feed import Intake
from app.outbox import Consumer, Wakeup
from app.routers.film_maker import FilmMaker
from app.routers.live_feed import LiveFeed
from app.routers.room_link import RoomLink
from app.scheduling import busy, sweeping, waiting_list
from app.sealing import open_sealing
from app.signalling.client import RoomServers

log = structlog.get_logger(__name__)
ESCALATION_POLL = timedelta(seconds=1)
"""The deadlines of urgent advice are looked at this often at least: a wake-up may get lost."""
ESCALATION_GATHER = timedelta(milliseconds=50)
"""A burst of commits is looked at once; nobody sees that a ring lasted so much longer."""
DEADLINE_MATTERS = frozenset({"encounter", "on-call", "presence", "request"})
"""What events that change a deadline of urgent advice begin with."""
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
SEND_MESSAGES = timedelta(seconds=2)
"""A confirmation should be there when the telephone is put down."""
SWEEP = timedelta(seconds=15)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Job:
    """Work that some node does each `period` (app.jobs)."""

    name: str
    period: timedelta
    work: jobs.Work


def consumers(settings: Settings, clock: jobs.Clock = utc_now) -> list[Consumer]:
    """Who reads the outbox and acts on it."""
    media = notifications.open_gateways(settings).keys()
    return [
        webhooks.CONSUMER,
        referrals.CONSUMER,
        waiting_list.listener(notifications.quiet_of, clock),
        notifications.messages(media, clock),
        rings.rings(rings.Ways(media, rings.open_push(settings) is not None), clock),
    ]


def jobs_of(app: FastAPI, database: Database) -> list[Job]:
    """What is done again and again."""
    settings: Settings = app.state.settings
    clock: jobs.Clock = app.state.clock
    readers = [consumer.name for consumer in consumers(settings, clock)]
    sealing = open_sealing(settings)
    reach = busy.Reach(app.state.outbound, sealing)
    sender = webhooks.Sender(
        database,
        app.state.outbound,
        webhooks.Keeping(sealing),
        clock=clock,
    )
    films = FilmMaker(database, settings.recordings_dir, sealing)
    return [
        Job("webhooks", SECOND, sender.send_due),
        Job("busy feeds", SWEEP, busy.Refresher(database, reach, clock).refresh_due),
        Job(
            "waiting list",
            MINUTE,
            partial(waiting_list.go_round, database, quiet_of=notifications.quiet_of),
        ),
        Job("expired holds", SWEEP, partial(sweeping.drop_expired_holds, database)),
        Job("passed time", HOUR, partial(sweeping.forget_passed_time, database)),
        Job("old answers", HOUR, partial(sweeping.forget_old_answers, database)),
        Job("old events", HOUR, partial(outbox.forget_old_events, database, consumers=readers)),
        Job("old documents", HOUR, partial(documents.erase_due, database)),
        Job("films", SWEEP, films.make_due),
        Job("old recordings", HOUR, films.erase_due),
        Job("old deliveries", HOUR, partial(webhooks.forget_old_deliveries, database)),
        Job("old line checks", HOUR, partial(encounters.forget_old_line_checks, database)),
        Job("on-call gaps", DAY, partial(referrals.warn_of_gaps, database)),
        Job("due messages", SEND_MESSAGES, _send_messages(database, settings)),
        Job("rings", SECOND, _ring(app, database)),
        Job("old rings", HOUR, partial(rings.forget_old_rings, database)),
    ]


def _ring(app: FastAPI, database: Database) -> jobs.Work:
    settings: Settings = app.state.settings
    sender = rings.RingSender(
        database=database,
        outbound=app.state.outbound,
        gateways=notifications.open_gateways(settings),
        push=rings.open_push(settings),
        sealing=open_sealing(settings),
        base_url=settings.base_url,
        clock=app.state.clock,
    )
    return sender.send_due


def _send_messages(database: Database, settings: Settings) -> jobs.Work:
    desk = notifications.Desk(settings.base_url, settings.mail_sender)
    sender = notifications.Sender(database, notifications.open_gateways(settings), desk)
    return partial(notifications.send_due, sender)


def background(app: FastAPI, database: Database) -> list[Coroutine[None, None, None]]:
    """All of it, to be run by the lifespan."""
    settings: Settings = app.state.settings
    clock: jobs.Clock = app.state.clock
    wakeup = app.state.wakeup = Wakeup(database)
    app.state.live_feed = LiveFeed(database, wakeup)
    app.state.intake = Intake(database)
    app.state.room_servers = RoomServers(settings.room_sockets)
    app.state.silent_sockets = Counter[str]()
    link = RoomLink(database, app.state.room_servers, app.state.live_feed)
    return [
        wakeup.run(),
        app.state.live_feed.run(),
        link.run(),
        app.state.intake.run(),
        _escalate(database, wakeup, clock),
        *(
            outbox.run(database, consumer, wakeup, clock=clock)
            for consumer in app.state.consumers(settings, clock)
        ),
        *(
            jobs.every(database, job.name, job.period, job.work, clock=clock)
            for job in app.state.jobs(app, database)
        ),
    ]


class EndedByItselfError(Exception):
    """Work that goes on for as long as the process lives has ended: so must the process."""


def end_process() -> None:
    """Ask our own server to drain and end; `app.cli.web` says by its status that it failed."""
    os.kill(os.getpid(), signal.SIGTERM)


class Keeper:
    """Sees to it that nobody is served by a process that does half of its work.

    `give_up` is called when work ends by itself; the rest goes on until the process has drained.
    """

    def __init__(self, give_up: Callable[[], None] = end_process) -> None:
        self._give_up = give_up
        self._is_closing = False
        self._ended: list[str] = []

    async def keep(self, work: Coroutine[None, None, None]) -> None:
        """Run it for ever. Its end, or its error, is the process's end."""
        name = getattr(work, "__qualname__", type(work).__name__)
        kind, trace = "returned", None
        try:
            await work
        except Exception as error:  # whatever it was, the process is not whole any more
            kind = type(error).__name__
            # A statement's values may be personal.
            trace = None if isinstance(error, DBAPIError) else error
        if self._is_closing:
            return
        log.critical("background_ended", work=name, kind=kind, exc_info=trace)
        self._ended.append(name)
        self._give_up()

    def close(self) -> None:
        """From now on work is ended by us. Raises EndedByItselfError where some ended before."""
        self._is_closing = True
        if self._ended:
            raise EndedByItselfError(", ".join(self._ended))


def _moves_deadlines(event: str) -> bool:
    return event.partition(".")[0] in DEADLINE_MATTERS


async def _escalate(database: Database, wakeup: Wakeup, clock: jobs.Clock) -> None:
    """Move on what nobody answers, when its time comes; every web process may. What moves
    deadlines wakes it, wherever it is written, as does the next deadline."""
    bell = wakeup.bell(_moves_deadlines)
    while True:
        wait = ESCALATION_POLL
        try:
            deadline = await referrals.next_deadline(database)
            if deadline and deadline <= clock():
                await referrals.escalate_due(database, clock())
            elif deadline:
                wait = min(wait, deadline - clock())
        except (DBAPIError, PoolTimeout, OSError) as error:
            log.error("escalation_failed", kind=type(error).__name__)
        await bell.wait(wait)
        await asyncio.sleep(ESCALATION_GATHER.total_seconds())
