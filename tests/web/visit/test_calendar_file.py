"""The appointment as a file, read by an independent parser."""

import pytest
from icalendar import Calendar

from app.database import Database
from tests.clinic import at, open_clinic
from tests.web.visit.arrival import arrival

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def test_the_file_has_the_time_and_nothing_clinical(
    database: Database, database_url: str
) -> None:
    async with arrival(await open_clinic(database), database_url) as patient:
        answer = await patient.browser.get("/visit/calendar.ics")

    [event] = Calendar.from_ical(answer.content).events
    assert answer.headers["content-type"].startswith("text/calendar")
    assert "attachment" in answer.headers["content-disposition"]
    assert (event.start, event.end) == (at(9), at(9, 15))
    assert event["uid"] == f"appointment-{patient.appointment.id}@openconsult"
    assert event["summary"] == "Appointment with High Street"
