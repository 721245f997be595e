"""Searches for free slots, as schedulers ask: a stated mix, each query timed on its own."""

import time
from datetime import UTC, datetime, timedelta
from random import Random

from app.database import Database
from app.identity import Actor
from app.models.paging import After
from app.scheduling import Period, Search, find_slots
from bench.bookings.ground import Ground, numbered

PAGE = 25
MIX = (
    "of ten: four for the soonest with anybody in 90 days, two for anybody on afternoons in 90"
    " days, two for one practitioner in 90 days, one for anybody in a week that begins within 80"
    " days, one for the second page of the soonest"
)


async def search_ms(
    database: Database, site: Ground, *, queries: int, seed: int, soonest_only: bool = False
) -> list[float]:
    """How long each query took in its transaction, in milliseconds, one after another."""
    random = Random(seed)  # noqa: S311 - the same queries each time
    now = datetime.now(UTC)
    taken = []
    for number in range(queries):
        period, wanted, following = _query(site, random, 0 if soonest_only else number % 10, now)
        began = time.perf_counter()
        async with database.transaction(Actor.of(site.scheduler)) as session:
            after = After(limit=PAGE)
            page = await find_slots(session, period, wanted, now=now, after=after)
            if following and page.next_key:
                began = time.perf_counter()
                after = After(page.next_key, PAGE)
                page = await find_slots(session, period, wanted, now=now, after=after)
        taken.append((time.perf_counter() - began) * 1_000)
        if not page.items:
            raise RuntimeError("a search found nothing: there is something wrong with the ground")
    return taken


def _query(site: Ground, random: Random, number: int, now: datetime) -> tuple[Period, Search, bool]:
    whole = Period(now, now + timedelta(days=90))
    anybody = Search(service_id=site.service_id)
    if number < 4:
        return whole, anybody, False
    if number < 6:
        return whole, Search(service_id=site.service_id, part_of_day="afternoon"), False
    if number < 8:
        who = numbered("practitioner", random.randrange(site.practitioners))
        return whole, Search(service_id=site.service_id, practitioner_id=who), False
    if number == 8:
        begins = now + timedelta(days=random.randrange(80))
        return Period(begins, begins + timedelta(days=7)), anybody, False
    return whole, anybody, True
