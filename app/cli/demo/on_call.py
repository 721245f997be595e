"""The demo's rota for stroke advice, and what happens when nobody answers: another site rings."""

from datetime import date, datetime, time
from uuid import UUID, uuid5

from sqlalchemy.ext.asyncio import AsyncSession

from app import referrals
from app.cli.demo.world import PEOPLE
from app.models import HealthcareService

EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]
WORKING_DAYS = [1, 2, 3, 4, 5]
ROTA: tuple[tuple[str, int, list[int], time, time], ...] = (
    ("leila.shah", 1, EVERY_DAY, time(8), time(8)),
    ("tom.evans", 2, EVERY_DAY, time(8), time(8)),
    # The consultant's nights and weekends are nobody's: the rota warns of them.
    ("ruth.adeyemi", 3, WORKING_DAYS, time(8), time(20)),
)
"""Who, layer, days, start and end; until the same hour is a day and a night."""
ON_ROTA = frozenset(username for username, *_ in ROTA)
"""They are on call by it alone: going on duty by hand would hide its gaps."""


async def add_rota(session: AsyncSession, service: HealthcareService, *, now: datetime) -> None:
    """Put the demo's people on it, once. As their house."""
    people = {person.username: person.id for person in PEOPLE}
    for username, layer, weekdays, start, end in ROTA:
        shift = referrals.NewShift(
            id=uuid5(service.id, f"shift {username}"),
            service_id=service.id,
            practitioner_id=people[username],
            layer=layer,
            weekdays=weekdays,
            start_time=start,
            end_time=end,
            time_zone="Europe/London",
            valid_from=date(2026, 1, 1),
        )
        await referrals.add_shift(session, shift, now=now)


async def add_policy(
    session: AsyncSession, service: HealthcareService, site_id: UUID, *, now: datetime
) -> None:
    """First, second, consultant, everyone, the other site, then the telephone; unless somebody has
    written one already."""
    if await referrals.policy_for(session, service.id):
        return
    layers = [{"kind": "layer", "layer": layer} for layer in (1, 2, 3)]
    others = [{"kind": "everyone"}, {"kind": "site", "service_id": site_id}]
    policy = referrals.Policy.model_validate({"steps": [*layers, *others]})
    scope = referrals.Scope(service_id=service.id)
    await referrals.write_policy(session, scope, policy, after_number=0, now=now)
