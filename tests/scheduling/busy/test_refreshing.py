"""Feeds are read again every quarter of an hour, by one node; what they said stays until then."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from app.database import Database
from app.models import BusySource, BusyTime
from app.outbound import Answer, NoAnswer, Outbound
from app.scheduling import busy
from app.scheduling.busy import NewBusySource, Reach, Refresher
from app.scheduling.busy.refreshing import EVERY
from app.sealing import Sealing
from tests.clinic import NOW, Clinic, at, open_clinic
from tests.scheduling.busy.calendars import calendar, event

pytestmark = [pytest.mark.anyio, pytest.mark.database]
SEALING = Sealing(bytes(32))
URL = "https://8.8.8.8/a.ics"


def saying(hour: int) -> bytes:
    return calendar(event(f"DTSTART:20261123T{hour:02d}0000Z\nDURATION:PT1H"))


class Server(Outbound):
    """In place of the network: gives what it is told, one after the other, then the last."""

    def __init__(self, *answers: Answer | Exception) -> None:
        super().__init__()
        self.answers = list(answers)
        self.asked: list[Mapping[str, str]] = []

    async def fetch(
        self, url: str, headers: Mapping[str, str] | None = None, *, most_bytes: int = 0
    ) -> Answer:
        assert (url, most_bytes > 0) == (URL, True)
        self.asked.append(headers or {})
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass
class Feeds:
    """A clinic with one feed, and the clock."""

    clinic: Clinic
    server: Server
    now: datetime = field(default=NOW)

    async def read(self, after: timedelta = timedelta(0), sealing: Sealing = SEALING) -> int:
        self.now += after
        reach = Reach(self.server, sealing)
        return await Refresher(self.clinic.database, reach, lambda: self.now).refresh_due(self.now)

    async def source(self) -> BusySource:
        async with self.clinic.database.transaction(self.clinic.actor) as session:
            return (await session.scalars(select(BusySource))).one()

    async def starts(self) -> list[object]:
        async with self.clinic.database.transaction(self.clinic.actor) as session:
            rows = await session.scalars(select(BusyTime.during).order_by(BusyTime.during))
            return [row.lower for row in rows]


@pytest.fixture
def database_url(make_database: Callable[[], str]) -> str:
    """One for each test: the job reads all clinics' feeds."""
    return make_database()


@pytest.fixture
async def feeds(database: Database) -> Feeds:
    clinic = await open_clinic(database)
    server = Server(Answer(200, {"etag": '"1"'}, saying(9)))
    wanted = NewBusySource(practitioner_id=clinic.doctor_id, name="Hospital", url=URL)
    async with database.transaction(clinic.actor) as session:
        await busy.add_source(session, wanted, Reach(server, SEALING), now=NOW)
    return Feeds(clinic, server)


async def test_a_new_feed_is_read_and_then_every_quarter_of_an_hour(feeds: Feeds) -> None:
    first, soon, later = (
        await feeds.read(),
        await feeds.read(EVERY / 2),
        await feeds.read(EVERY / 2),
    )

    source = await feeds.source()
    assert (first, soon, later) == (1, 0, 1)
    assert await feeds.starts() == [at(9)]
    assert (source.read_at, source.due_at, source.problem) == (feeds.now, feeds.now + EVERY, "")


async def test_what_the_feed_says_now_replaces_what_it_said(feeds: Feeds) -> None:
    await feeds.read()
    feeds.server.answers = [Answer(200, {}, saying(14))]

    await feeds.read(EVERY)

    assert await feeds.starts() == [at(14)]


async def test_what_has_not_changed_is_not_sent_again_within_a_day(feeds: Feeds) -> None:
    await feeds.read()
    feeds.server.answers = [Answer(304, {}, b"")]
    await feeds.read(EVERY)
    feeds.server.answers = [Answer(200, {}, saying(9))]
    await feeds.read(timedelta(days=1))

    assert [asked.get("If-None-Match") for asked in feeds.server.asked] == [None, '"1"', None]
    assert await feeds.starts() == [at(9)]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (NoAnswer("Nobody answers there."), "Nobody answers there."),
        (Answer(404, {}, b""), "There is no calendar at this address any more."),
        (Answer(403, {}, b""), "The calendar's owner does not share it at this address any more."),
        (Answer(500, {}, b""), "The calendar's server could not give it (500)."),
        (Answer(200, {}, b"<html>Sign in</html>"), "This is not an iCalendar file (.ics)."),
    ],
)
async def test_a_feed_that_fails_says_why_and_its_times_stay(
    feeds: Feeds, answer: Answer | Exception, words: str
) -> None:
    await feeds.read()
    feeds.server.answers = [answer]

    await feeds.read(EVERY)

    assert (await feeds.source()).problem == words
    assert await feeds.starts() == [at(9)]


async def test_a_feed_that_works_again_has_no_problem(feeds: Feeds) -> None:
    feeds.server.answers = [NoAnswer("Nobody answers."), Answer(200, {}, saying(9))]
    await feeds.read()
    await feeds.read(EVERY)

    assert (await feeds.source()).problem == ""
    assert feeds.server.asked[1].get("If-None-Match") is None


async def test_an_address_that_cannot_be_opened_is_said(feeds: Feeds) -> None:
    await feeds.read(sealing=Sealing(b"x" * 32))

    assert "Add the feed again" in (await feeds.source()).problem
    assert feeds.server.asked == []


async def test_many_nodes_read_a_feed_once(feeds: Feeds) -> None:
    asked = await asyncio.gather(*(feeds.read() for _ in range(4)))

    assert sum(asked) == 1
    assert len(feeds.server.asked) == 1
