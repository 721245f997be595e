"""Invitations for calendars (RFC 5545, RFC 5546): one event, asked for, called off, or to keep.

Times are UTC. An event that does not recur needs no VTIMEZONE, every calendar shows it on its
owner's clock, and there is no name of a zone that Outlook could take for another; the local time
as the clinic means it is in the description.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from icalendar import Calendar, Event, vCalAddress

from app import __version__
from app.notifications.facts import Facts
from app.notifications.wording import long_time

Method = Literal["REQUEST", "CANCEL", "PUBLISH"]
"""PUBLISH is for a file that somebody fetches: it names no attendee (RFC 5546 §3.2.1)."""
PRODUCT = f"-//Openconsult//Openconsult {__version__}//EN"


@dataclass(frozen=True, slots=True)
class Invited:
    """Which appointment, who asks whom, and the version: RFC 5545 SEQUENCE.

    `organizer` and `attendee` are e-mail addresses; CAL-ADDRESS allows no empty one.
    """

    appointment_id: UUID
    sequence: int
    organizer: str
    attendee: str
    stamped_at: datetime


def uid_of(appointment_id: UUID) -> str:
    """The same for the whole life of an appointment, in invitations and in feeds."""
    return f"appointment-{appointment_id}@openconsult"


def invitation(method: Method, facts: Facts, invited: Invited) -> bytes:
    """The calendar object to send. Nothing in it is clinical."""
    event = Event()
    event.add("uid", uid_of(invited.appointment_id))
    event.add("sequence", invited.sequence)
    event.add("dtstamp", invited.stamped_at)
    event.add("dtstart", facts.start)
    event.add("dtend", facts.end)
    event.add("summary", f"Appointment with {facts.sender}")
    event.add("description", _description(facts))
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    event.add("class", "PRIVATE")
    event.add("organizer", _person(invited.organizer, facts.sender))
    if method != "PUBLISH":
        event.add("attendee", _attendee(invited.attendee))
    if facts.link:
        event.add("url", facts.link)
    return calendar(event, method=method)


def calendar(*events: Event, method: str = "", name: str = "") -> bytes:
    """Events in a VCALENDAR, as the bytes that travel."""
    whole = Calendar()
    whole.add("version", "2.0")
    whole.add("prodid", PRODUCT)
    if method:
        whole.add("method", method)
    if name:
        whole.add("x-wr-calname", name)
        whole.add("name", name)  # RFC 7986 §5.1
    for event in events:
        whole.add_component(event)
    written: bytes = whole.to_ical()
    return written


def _description(facts: Facts) -> str:
    said = [f"With {facts.practitioner}, {long_time(facts.start, facts.zone)}."]
    if facts.link:
        said.append(f"Join, move or cancel: {facts.link}")
    if facts.phone:
        said.append(f"Questions: {facts.phone}")
    return "\n".join(said)


def _person(address: str, name: str) -> vCalAddress:
    person = vCalAddress(f"mailto:{address}")
    person.params["CN"] = _parameter(name)
    return person


def _attendee(address: str) -> vCalAddress:
    """Has said yes by booking: nobody waits for an answer by iTIP."""
    person = vCalAddress(f"mailto:{address}")
    person.params.update(
        {"ROLE": "REQ-PARTICIPANT", "PARTSTAT": "ACCEPTED", "RSVP": "FALSE", "CUTYPE": "INDIVIDUAL"}
    )
    return person


def _parameter(value: str) -> str:
    """No quotation mark and no control character may stand in a parameter (RFC 5545 §3.1)."""
    return "".join(letter for letter in value if letter.isprintable() and letter != '"')
