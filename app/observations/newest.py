"""The newest reading of each sign, for many requests at once: what NEWS2 and pages begin from."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Observation
from app.observations.codes import VITAL_SIGNS
from app.observations.news2 import Readings

STALE_AFTER = timedelta(minutes=15)
"""A crew repeats a full set at least this often; an older reading may not be so any more, and says
how old it is. It still counts: leaving it out would make the patient look better."""

# One descent of the index for each request and sign, however long a device has been sending.
_NEWEST = text(
    "SELECT r.id AS request_id, o.code, o.value, o.text_value, o.taken_at, o.source,"
    " o.recorded_by_name, o.confirmed"
    " FROM unnest(CAST(:requests AS uuid[])) AS r(id)"
    " CROSS JOIN unnest(CAST(:codes AS text[])) AS c(code)"
    " CROSS JOIN LATERAL (SELECT * FROM observation"
    "   WHERE service_request_id = r.id AND code = c.code AND status = 'final'"
    "   ORDER BY taken_at DESC, created_at DESC, id LIMIT 1) AS o"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading that counts now."""

    code: str
    value: float | None
    text_value: str
    taken_at: datetime
    source: str = "entered"
    recorded_by_name: str = ""
    confirmed: bool = False

    def is_stale(self, now: datetime) -> bool:
        """Whether it is too old to be taken for the present."""
        return now - self.taken_at > STALE_AFTER


Newest = Mapping[str, Reading]
"""By the sign's code."""


async def newest_of(session: AsyncSession, requests: Collection[UUID]) -> dict[UUID, Newest]:
    """Of each request, the newest final reading of each sign that has one."""
    await session.flush()
    wanted = {"requests": list(requests), "codes": list(VITAL_SIGNS)}
    found: dict[UUID, dict[str, Reading]] = {request_id: {} for request_id in requests}
    for row in await session.execute(_NEWEST, wanted):
        found[row.request_id][row.code] = Reading(*row[1:])
    return dict(found)


def newest_among(observations: Iterable[Observation]) -> Newest:
    """The same of rows at hand, whatever order they come in."""
    newest: dict[str, Reading] = {}
    for row in sorted(observations, key=lambda row: (row.taken_at, row.created_at)):
        if row.status == "final":
            newest[row.code] = Reading(row.code, row.value, row.text_value, row.taken_at)
    return newest


def readings_of(newest: Newest) -> Readings:
    """What NEWS2 asks for."""
    oxygen = newest.get("inspired-oxygen")
    consciousness = newest.get("consciousness")
    return Readings(
        respiratory_rate=_number(newest, "respiratory-rate"),
        oxygen_saturation=_number(newest, "oxygen-saturation"),
        on_oxygen=oxygen.text_value == "oxygen" if oxygen else None,
        systolic=_number(newest, "systolic-blood-pressure"),
        pulse=_number(newest, "heart-rate"),
        consciousness=consciousness.text_value if consciousness else None,
        temperature=_number(newest, "temperature"),
    )


def _number(newest: Newest, code: str) -> float | None:
    return newest[code].value if code in newest else None
