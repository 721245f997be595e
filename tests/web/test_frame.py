"""The frame: navigation by role, and nothing kept by caches."""

from uuid import uuid4

import pytest
from starlette.requests import Request

from app.identity import Principal, StaffRole
from app.web.frame import Frame, places_of, render
from app.web.refusals import Words


def staff(*roles: StaffRole) -> Principal:
    return Principal(
        kind="staff",
        subject=uuid4(),
        organization_id=uuid4(),
        name="Dr Amara Shah",
        roles=frozenset(roles),
    )


def request_for(path: str) -> Request:
    return Request(
        {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []}
    )


@pytest.mark.parametrize(
    ("role", "places"),
    [
        ("clinician", ["/today", "/on-call", "/calendars"]),
        ("crew", ["/urgent"]),
        (
            "scheduler",
            ["/schedule", "/waiting-list", "/rotas", "/on-call/rota", "/messages", "/calendars"],
        ),
        ("auditor", ["/audit", "/measures"]),
    ],
)
def test_each_role_is_offered_its_own_places(role: StaffRole, places: list[str]) -> None:
    assert [place.href for place in places_of(staff(role))] == places


@pytest.mark.parametrize(
    ("path", "here"),
    [
        ("/schedule/book", ["/schedule"]),
        ("/appointments/1", ["/schedule"]),
        ("/messages-rules", ["/messages"]),
        ("/calendar-feed", ["/calendars"]),
        ("/schedules", []),
    ],
)
def test_the_navigation_says_where_one_is(path: str, here: list[str]) -> None:
    places = places_of(staff("administrator"))

    assert [place.href for place in places if place.holds(path)] == here


def test_patients_get_no_navigation() -> None:
    patient = Principal(kind="patient", subject=uuid4(), organization_id=uuid4(), name="Ann")

    assert places_of(patient) == ()


def test_a_page_shows_the_organisation_and_is_not_stored() -> None:
    frame = Frame(organization="Riverside Surgery", principal=staff("clinician"))

    page = render(
        request_for("/today"),
        "refusal.html",
        frame,
        words=Words("Gone", ("Look again.",)),
        detail="",
        request_id="r-1",
    )

    html = bytes(page.body).decode()
    assert page.headers["cache-control"] == "no-store"
    assert "Riverside Surgery" in html
    assert html.count("<h1") == 1
    assert 'href="/today" aria-current="page"' in html
    assert "<style" not in html
    assert " style=" not in html
