"""Invitations survive a round trip through an independent parser (ical.js)."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.notifications.facts import Facts
from app.notifications.invitations import Invited, Method, calendar, invitation, uid_of
from tests.notifications.itip import understood
from tests.notifications.test_quiet_hours import ZONES

EXAMPLES_AT_ONCE = 10
"""More would now and then be too long for hypothesis to write down, which it warns of."""
printable = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=60)
starts = st.integers(0, 10 * 365 * 1440).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
facts = st.builds(
    lambda start, minutes, **more: Facts(
        start=start, end=start + timedelta(minutes=minutes), **more
    ),
    starts,
    st.integers(5, 480),
    sender=printable,
    practitioner=printable,
    phone=st.sampled_from(["", "01632 960001"]),
    zone=st.sampled_from(ZONES),
    channel=st.sampled_from(["video", "telephone", "in-person"]),
    link=st.sampled_from(["", f"https://consult.example.org/join#{'a' * 32}"]),
)
invited = st.builds(
    Invited,
    st.uuids(),
    st.integers(0, 500),
    st.just("bookings@example.org"),
    st.just("joan@example.com"),
    starts,
)
cases = st.tuples(st.sampled_from(["REQUEST", "CANCEL", "PUBLISH"]), facts, invited)
Case = tuple[Method, Facts, Invited]


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
@given(st.lists(cases, min_size=EXAMPLES_AT_ONCE // 2, max_size=EXAMPLES_AT_ONCE))
def test_every_invitation_is_understood_as_it_was_meant(many: list[Case]) -> None:
    written = [invitation(method, said, whom) for method, said, whom in many]

    for (method, said, whom), events in zip(many, understood(written), strict=True):
        (event,) = events
        assert event["uid"] == f"appointment-{whom.appointment_id}@openconsult"
        assert event["method"] == method
        assert event["sequence"] == whom.sequence
        assert event["status"] == ("CANCELLED" if method == "CANCEL" else "CONFIRMED")
        assert (event["version"], event["zone"]) == ("2.0", "UTC")
        assert (event["start"], event["end"]) == (said.start.timestamp(), said.end.timestamp())
        assert event["stamp"] == whom.stamped_at.timestamp()
        assert event["summary"] == f"Appointment with {said.sender}"
        assert said.practitioner in event["description"]
        assert event["url"] == (said.link or None)
        assert event["organizer"] == "mailto:bookings@example.org"
        attendee = None if method == "PUBLISH" else "mailto:joan@example.com"
        assert event["attendee"] == attendee


@given(cases)
def test_no_line_is_longer_than_75_octets_and_all_end_as_they_should(case: Case) -> None:
    written = invitation(*case)

    assert written.endswith(b"END:VCALENDAR\r\n")
    assert all(len(line) <= 75 for line in written.split(b"\r\n"))


def test_the_event_keeps_its_uid_for_life() -> None:
    key = UUID("9b2d5c1e-8f55-4a2b-8b60-0d2f8f0f7e11")

    assert uid_of(key) == "appointment-9b2d5c1e-8f55-4a2b-8b60-0d2f8f0f7e11@openconsult"


@pytest.mark.parametrize("name", ["", "Clinics; rooms, and \\ more"])
def test_an_empty_calendar_is_one_too(name: str) -> None:
    assert understood([calendar(name=name)]) == [[]]
