"""Manners of the API, asked of its description: what may be sent twice, and by which version."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from app.config import Settings
from app.main import create_app

READS = frozenset(
    {
        "/api/v1/patients/search",
        "/api/v1/schedules/preview",
        "/api/v1/schedules/{schedule_id}/preview",
        "/api/v1/schedule-exceptions/preview",
        "/api/v1/schedule-exceptions/{exception_id}/preview",
        "/api/v1/series/preview",
    }
)
"""Posts that change nothing."""
SIGNS_IN = frozenset(
    {
        "/api/v1/sign-in",
        "/api/v1/sign-out",
        "/api/v1/token",
        "/api/v1/events/token",
        "/api/v1/encounters/{encounter_id}/signalling-token",
        "/api/v1/join",
        "/api/v1/join/confirm",
        "/api/v1/offers",
        "/api/v1/offers/confirm",
    }
)
"""Whoever posts is not known yet, or gets a pass for some seconds. An offer is answered once by its
own state: a repeat is told what it is (410)."""
WITHOUT_KEY = {
    "/api/v1/documents/{document_id}/entered-in-error": "a state that is reached once",
    "/api/v1/documents/{document_id}/marks": "the client names the mark",
    "/api/v1/documents/{document_id}/marks/{mark_id}/cleared": "a state that is reached once",
    "/api/v1/escalation-policies": "it names the version that it follows",
    "/api/v1/handover-links/{handover_link_id}/revoke": "a state that is reached once",
    "/api/v1/handovers": "opens a handover by its link; once more is another reading",
    "/api/v1/monitor-links/{link_id}/end": "a state that is reached once",
    "/api/v1/monitors": "a name is used once",
    "/api/v1/monitors/{monitor_id}/revoke": "a state that is reached once",
    "/api/v1/notify/delivery-receipts": "a state that is reached once",
    "/api/v1/video-devices": "a name is used once",
    "/api/v1/video-devices/{device_id}/revoke": "a state that is reached once",
    "/api/v1/on-call/overrides": "the client names the period",
    "/api/v1/on-call/overrides/{override_id}/cancel": "a state that is reached once",
    "/api/v1/on-call/shifts": "the client names the shift",
    "/api/v1/on-call/swaps": "the client names the question",
    "/api/v1/on-call/swaps/{swap_id}/agree": "a state that is reached once",
    "/api/v1/on-call/swaps/{swap_id}/decline": "a state that is reached once",
    "/api/v1/on-call/swaps/{swap_id}/withdraw": "a state that is reached once",
    "/api/v1/encounters/{encounter_id}/admit": "a state that is reached once",
    "/api/v1/encounters/{encounter_id}/documents": "the address names the document",
    "/api/v1/encounters/{encounter_id}/finish": "a state that is reached once",
    "/api/v1/encounters/{encounter_id}/first-picture": "the first that is told counts",
    "/api/v1/encounters/{encounter_id}/line-checks": "the client names the check",
    "/api/v1/encounters/{encounter_id}/links": "the client names the seat",
    "/api/v1/encounters/{encounter_id}/notes": "the client names the note",
    "/api/v1/encounters/{encounter_id}/observations": "the client names the reading",
    "/api/v1/encounters/{encounter_id}/observations/batch": "the client names each line",
    "/api/v1/encounters/{encounter_id}/observations/stated-score": "the client names it",
    "/api/v1/encounters/{encounter_id}/recordings": "there is one at a time: once more is refused",
    "/api/v1/recordings/{recording_id}/retry": "a state that is reached once",
    "/api/v1/observations/{observation_id}/entered-in-error": "a state that is reached once",
    "/api/v1/service-requests": "the client names the request",
    "/api/v1/service-requests/{request_id}/accept": "a state that is reached once",
    "/api/v1/service-requests/{request_id}/bring-in": "a state that is reached once",
    "/api/v1/service-requests/{request_id}/cancel": "a state that is reached once",
    "/api/v1/service-requests/{request_id}/close": "a state that is reached once",
    "/api/v1/service-requests/{request_id}/decline": "a state that is reached once",
    "/api/v1/service-requests/{request_id}/destination": "the last that is chosen counts",
    "/api/v1/service-requests/{request_id}/documents": "the address names the document",
    "/api/v1/service-requests/{request_id}/hand-over": "a state that is reached once",
    "/api/v1/service-requests/{request_id}/handover-links": "the client names the link",
    "/api/v1/service-requests/{request_id}/hold": "a state that is reached once",
    "/api/v1/service-requests/{request_id}/monitors": "a state that is reached once",
    "/api/v1/service-requests/{request_id}/notes": "the client names the note",
    "/api/v1/service-requests/{request_id}/observations": "the client names the reading",
    "/api/v1/service-requests/{request_id}/observations/batch": "the client names each line",
    "/api/v1/service-requests/{request_id}/observations/stated-score": "the client names it",
    "/api/v1/service-requests/{request_id}/pass": "a state that is reached once",
    "/api/v1/service-requests/{request_id}/positions": "the client names the position",
    "/api/v1/service-requests/{request_id}/positions/{fix_id}/answer": "a state reached once",
    "/api/v1/service-requests/{request_id}/resume": "a state that is reached once",
    "/api/v1/service-requests/{request_id}/ring-again": "a state that is reached once",
    "/api/v1/service-requests/{request_id}/stop-sharing": "a state that is reached once",
}
"""Calls, requests and who is on call: why each goes without a key."""
WITHOUT_VERSION = {
    "/api/v1/on-call/devices": "a browser's own address is its name; once more renews it",
    "/api/v1/on-call/devices/{device_id}": "there is nothing in it to be read before",
    "/api/v1/on-call/presence": "one's own, and once more changes nothing",
    "/api/v1/service-requests/{request_id}/case": "each field keeps what was typed last",
    "/api/v1/service-requests/{request_id}/oxygen-scale": "the newest choice counts",
    "/api/v1/duty": "on or off, of the one who asks: nobody else's can be written over",
    "/api/v1/service-requests/{request_id}": "the crew adds what it knows, from a device offline",
    "/api/v1/practitioners/{practitioner_id}/calendar-feed": "there is one; nothing is edited",
}


@cache
def description() -> dict[str, Any]:
    app: FastAPI = create_app(Settings(DATABASE_URL=SecretStr("postgresql+asyncpg://nobody/none")))
    return app.openapi()


def operations() -> Iterator[tuple[str, str, set[str]]]:
    """Method, path and headers of every operation that may change something."""
    paths: dict[str, dict[str, Any]] = description()["paths"]
    for path, methods in paths.items():
        for method, operation in methods.items():
            if method != "get":
                parameters = operation.get("parameters", [])
                yield method, path, {each["name"] for each in parameters if each["in"] == "header"}


def test_every_post_can_be_sent_twice() -> None:
    without = {
        path
        for method, path, headers in operations()
        if method == "post" and "idempotency-key" not in headers
    }

    assert without == READS | SIGNS_IN | WITHOUT_KEY.keys()


@pytest.mark.parametrize(
    "path",
    [path for path, why in WITHOUT_KEY.items() if "client names" in why and "line" not in why],
)
def test_what_the_client_names_has_to_be_named(path: str) -> None:
    found = description()
    body = found["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    shape = found["components"]["schemas"][body["$ref"].rpartition("/")[2]]

    assert "id" in shape["required"]


def test_every_change_of_a_record_names_the_version_it_was_read_in() -> None:
    without = {
        path
        for method, path, headers in operations()
        if method != "post" and "if-match" not in headers
    }

    assert without == set(WITHOUT_VERSION)


def test_no_schema_is_named_after_our_folders() -> None:
    """Two classes of one name get their modules' paths in front: generated clients show them."""
    names = description()["components"]["schemas"]

    assert [name for name in names if name.startswith("app_")] == []
