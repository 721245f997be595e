"""The appointment as a file for the patient's calendar (RFC 5545). Nothing in it is clinical."""

from fastapi import APIRouter
from fastapi.responses import Response
from icalendar import Calendar, Event

from app import __version__
from app.models import Appointment
from app.web import channels
from app.web.visit.state import AtDoor, Door

router = APIRouter(include_in_schema=False)


@router.get("/visit/calendar.ics")
async def download(door: AtDoor) -> Response:
    """To be opened by whatever keeps their calendar."""
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", f"-//Openconsult//Openconsult {__version__}//EN")
    calendar.add("method", "PUBLISH")
    calendar.add_component(_event(door, door.mine.appointment))
    written: bytes = calendar.to_ical()
    return Response(
        written,
        media_type="text/calendar; charset=utf-8",
        headers={
            "Content-Disposition": 'attachment; filename="appointment.ics"',
            "Cache-Control": "no-store",
        },
    )


def _event(door: Door, appointment: Appointment) -> Event:
    state = door.visit.state
    event = Event()
    # The UID of the invitations: a calendar that has both shows one.
    event.add("uid", f"appointment-{appointment.id}@openconsult")
    event.add("sequence", appointment.sequence)
    event.add("dtstamp", door.now)
    event.add("dtstart", appointment.start)
    event.add("dtend", appointment.end)
    event.add("summary", f"Appointment with {door.frame.organization}")
    words = f"{channels.BY[appointment.channel]}, with {state.practitioner_name}."
    event.add("description", f"{words} Questions? Ring {state.phone}." if state.phone else words)
    if appointment.channel == "in-person":
        event.add("location", door.visit.where_words(door.frame.organization))
    event.add("status", "CANCELLED" if appointment.status == "cancelled" else "CONFIRMED")
    event.add("class", "PRIVATE")
    return event
