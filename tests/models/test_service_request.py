"""The state table of urgent requests, and whose they are."""

from uuid import UUID, uuid4

import pytest

from app.errors import InvalidTransition
from app.identity import Principal, PrincipalKind, StaffRole
from app.models import ServiceRequest

STATES = ("ringing", "unanswered", "accepted", "completed", "revoked")
ALLOWED = {
    ("ringing", "accepted"),
    ("ringing", "unanswered"),
    ("ringing", "revoked"),
    ("unanswered", "ringing"),
    ("unanswered", "accepted"),
    ("unanswered", "revoked"),
    ("accepted", "completed"),
}
AMBULANCE, HOSPITAL, ELSEWHERE = uuid4(), uuid4(), uuid4()


@pytest.mark.parametrize("wanted", STATES)
@pytest.mark.parametrize("state", STATES)
def test_only_the_steps_of_the_table_are_taken(state: str, wanted: str) -> None:
    request = ServiceRequest(state=state, version=1)

    if (state, wanted) in ALLOWED:
        request.become(wanted)
        assert (request.state, request.version) == (wanted, 2)
        return
    with pytest.raises(InvalidTransition):
        request.become(wanted)


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("ringing", "active"),
        ("unanswered", "active"),
        ("accepted", "active"),
        ("completed", "completed"),
        ("revoked", "revoked"),
    ],
)
def test_each_state_has_a_word_in_fhir(state: str, status: str) -> None:
    assert ServiceRequest(state=state).fhir_status == status


@pytest.mark.parametrize(
    ("kind", "organization", "role", "is_open"),
    [
        ("staff", AMBULANCE, "crew", True),
        ("staff", HOSPITAL, "clinician", True),
        ("staff", AMBULANCE, "clinician", False),
        ("staff", HOSPITAL, "crew", False),
        ("staff", ELSEWHERE, "clinician", False),
        ("staff", HOSPITAL, "scheduler", False),
        ("system", HOSPITAL, "clinician", False),
    ],
)
def test_it_is_open_to_its_two_sides(
    kind: PrincipalKind, organization: UUID, role: StaffRole, is_open: bool
) -> None:
    request = ServiceRequest(organization_id=AMBULANCE, partner_organization_id=HOSPITAL)
    principal = Principal(
        kind=kind,
        subject=uuid4(),
        organization_id=organization,
        name="Kim",
        roles=frozenset({role}),
        practitioner_id=uuid4(),
    )

    assert request.is_open_to(principal) is is_open
