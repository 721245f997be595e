"""Terms say what the roster says."""

from datetime import date, time
from uuid import UUID

import pytest

from app.models import Schedule
from app.scheduling.rotas.slots import Roster
from app.scheduling.search.terms import Clock, Terms


@pytest.mark.parametrize(
    ("end_time", "is_overnight"), [(time(23), False), (time(0), False), (time(1), True)]
)
def test_terms_are_those_of_the_roster(end_time: time, is_overnight: bool) -> None:
    schedule = Schedule(
        service_id=UUID(int=1),
        channel="telephone",
        time_zone="Europe/London",
        recurrence="FREQ=DAILY",
        start_time=time(22),
        end_time=end_time,
        breaks=[],
        slot_minutes=20,
        buffer_before_minutes=5,
        buffer_after_minutes=10,
        capacity=3,
        notice_minutes=60,
        horizon_days=90,
        valid_from=date(2026, 1, 1),
    )

    terms = Terms.of(Roster(schedule))

    assert terms.clock == Clock("Europe/London", 60, 90, is_overnight)
    assert (terms.before, terms.after, terms.capacity, terms.channel) == (5, 30, 3, "telephone")
    assert terms.same == (UUID(int=1), "telephone", 20)
