"""The status table of encounters, who may see one, seats and links."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from app.errors import InvalidTransition
from app.identity import Principal, StaffRole
from app.models import Encounter, EncounterParticipant, JoinLink

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
STATUSES = ("planned", "arrived", "in-progress", "finished", "cancelled")
ALLOWED = {
    ("planned", "arrived"),
    ("planned", "in-progress"),
    ("planned", "cancelled"),
    ("arrived", "planned"),
    ("arrived", "in-progress"),
    ("arrived", "cancelled"),
    ("in-progress", "finished"),
}


@pytest.mark.parametrize("wanted", STATUSES)
@pytest.mark.parametrize("status", STATUSES)
def test_only_the_steps_of_the_table_are_taken(status: str, wanted: str) -> None:
    encounter = Encounter(status=status, version=1)

    if (status, wanted) in ALLOWED:
        encounter.become(wanted)
        assert (encounter.status, encounter.version) == (wanted, 2)
        return
    with pytest.raises(InvalidTransition):
        encounter.become(wanted)
    assert (encounter.status, encounter.version) == (status, 1)


def staff(*roles: StaffRole, practitioner_id: UUID | None) -> Principal:
    return Principal(
        kind="staff",
        subject=uuid4(),
        organization_id=uuid4(),
        name="Dr",
        roles=frozenset(roles),
        practitioner_id=practitioner_id,
    )


@pytest.mark.parametrize(
    ("roles", "is_urgent", "cares"),
    [
        (("clinician",), False, True),
        (("clinician",), True, True),
        (("crew",), True, True),
        (("crew",), False, False),
        (("scheduler",), True, False),
        (("administrator", "auditor"), False, False),
    ],
)
def test_clinicians_care_and_crews_where_they_asked(
    roles: tuple[StaffRole, ...], is_urgent: bool, cares: bool
) -> None:
    encounter = Encounter(service_request_id=uuid4() if is_urgent else None)

    assert encounter.is_cared_for_by(staff(*roles, practitioner_id=uuid4())) is cares


def test_staff_without_a_practitioner_and_patients_care_for_nobody() -> None:
    patient = Principal(kind="patient", subject=uuid4(), organization_id=uuid4(), name="Joan")

    assert not Encounter().is_cared_for_by(patient)
    assert not Encounter().is_cared_for_by(staff("clinician", practitioner_id=None))


def test_a_place_in_the_queue_is_taken_once() -> None:
    seat = EncounterParticipant(role="patient")

    assert seat.wait(NOON) is True
    assert seat.wait(NOON + timedelta(minutes=5)) is False
    assert seat.waiting_since == NOON


def test_one_is_let_in_once_and_waits_no_more() -> None:
    seat, doctor = EncounterParticipant(role="patient"), uuid4()
    seat.wait(NOON)

    assert seat.let_in(NOON, doctor) is True
    assert seat.let_in(NOON + timedelta(minutes=1), None) is False
    assert (seat.admitted_at, seat.admitted_by, seat.waiting_since) == (NOON, doctor, None)
    assert seat.wait(NOON) is False


def test_a_guest_is_shown_with_what_they_are() -> None:
    assert EncounterParticipant(name="Maria", role_label="interpreter").display_name == (
        "Maria (interpreter)"
    )
    assert EncounterParticipant(name="Joan", role_label="").display_name == "Joan"


def test_a_link_works_until_it_ends_or_is_withdrawn() -> None:
    link = JoinLink(expires_at=NOON, tries_left=1)

    assert link.works_at(NOON - timedelta(seconds=1))
    assert not link.works_at(NOON)
    link.revoked_at = NOON - timedelta(hours=1)
    assert not link.works_at(NOON - timedelta(minutes=30))


def test_no_tries_left_is_locked() -> None:
    assert JoinLink(tries_left=0).is_locked
    assert not JoinLink(tries_left=1).is_locked
