"""The acceptance scenarios of GP Connect appointment management, as far as they apply to our API.

Each is a test with the scenario's title; what does not apply is listed with its reason. GP Connect
answers 409 to a stale version and 422 to most of what is missing; we answer 412 and 428 as HTTP
says (RFC 9110, RFC 6585), and name the field.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from app.models import Location
from tests.clinic import Clinic, at
from tests.routers.bodies import key
from tests.routers.gpconnect_left_out import LEFT_OUT
from tests.routers.service import ACTING

pytestmark = [pytest.mark.anyio, pytest.mark.database]
FEATURES = Path(__file__).parents[3] / "shared" / "data" / "gpconnect"
TITLE = re.compile(r"^\s*Scenario(?: Outline)?:\s*(.+?)\s*$", re.MULTILINE)
Body = dict[str, object]
Answer = httpx2.Response


@dataclass(frozen=True)
class Consumer:
    """A booking system in front of a practice."""

    http: httpx2.AsyncClient
    clinic: Clinic

    def appointment(self, start: datetime | None = None, **more: object) -> Body:
        return {
            "service_id": str(self.clinic.service_id),
            "practitioner_id": str(self.clinic.doctor_id),
            "patient_id": str(self.clinic.patient_id),
            "start": (start or at(9)).isoformat(),
            **more,
        }

    async def book(self, body: object = None) -> Answer:
        sent = self.appointment() if body is None else body
        return await self.http.post("/api/v1/appointments", json=sent, headers=key())

    async def booked(self) -> Answer:
        answer = await self.book()
        assert answer.status_code == 201
        return answer

    async def cancel(self, booked: Answer, body: object, etag: str = "") -> Answer:
        headers = {**key(), "If-Match": etag or booked.headers["etag"]}
        return await self.http.post(
            f"{booked.headers['location']}/cancel", json=body, headers=headers
        )

    async def amend(self, booked: Answer, body: object, etag: str = "") -> Answer:
        headers = {**key(), "If-Match": etag or booked.headers["etag"]}
        return await self.http.patch(booked.headers["location"], json=body, headers=headers)

    async def slots(self, **params: str) -> Answer:
        period = {"start": at(0).isoformat(), "end": at(0, day=26).isoformat()}
        return await self.http.get("/api/v1/slots", params=period | params)

    async def appointments(self, **params: str) -> Answer:
        mine = {"patient_id": str(self.clinic.patient_id)}
        return await self.http.get("/api/v1/appointments", params=mine | params)


Case = Callable[[Consumer], Awaitable[None]]
CASES: dict[tuple[str, str], Case] = {}


def scenario(feature: str, *titles: str) -> Callable[[Case], Case]:
    def enter(case: Case) -> Case:
        CASES.update({(feature, title): case for title in titles})
        return case

    return enter


def refuses(answer: Answer, field: str, status: int = 422) -> None:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["field"].startswith(field)


def is_not_kept(answer: Answer) -> None:
    """What GP Connect calls the caching headers: nobody between us keeps personal data."""
    assert "no-store" in answer.headers["cache-control"]


@scenario(
    "SearchForFreeSlots",
    "Searching for free slots with valid parameters should return success",
)
async def a_window_of_days(gp: Consumer) -> None:
    for last in (24, 26, 30):
        assert (await gp.slots(end=at(0, day=last).isoformat())).status_code == 200


@scenario(
    "SearchForFreeSlots",
    "Searching for free slots with invalid date range should return error",
)
async def a_window_too_long_or_reversed(gp: Consumer) -> None:
    for end in ("2027-02-24T00:00:00Z", "2027-11-23T00:00:00Z", "2026-11-22T00:00:00Z"):
        refuses(await gp.slots(end=end), "end")


@scenario(
    "SearchForFreeSlots",
    "Searching for free slots should fail due to missing parameters",
)
async def a_window_without_an_edge(gp: Consumer) -> None:
    for given, missing in (({"start": at(0)}, "end"), ({"end": at(0)}, "start"), ({}, "start")):
        params = {name: value.isoformat() for name, value in given.items()}
        refuses(await gp.http.get("/api/v1/slots", params=params), missing)


@scenario(
    "SearchForFreeSlots",
    "Searching for free slots should fail due to invalid parameter values",
)
async def an_edge_that_is_no_time(gp: Consumer) -> None:
    for edge in ("start", "end"):
        for value in ("invalidStartDate", ""):
            refuses(await gp.slots(**{edge: value}), edge)


@scenario(
    "SearchForFreeSlots",
    "Searching for free slots with invalid partial dateTime strings",
)
async def an_edge_without_an_offset(gp: Consumer) -> None:
    refuses(await gp.slots(start="2026-11-23T09:00:00"), "start")
    refuses(await gp.slots(end="2026-11-24T09:00:00"), "end")


@scenario(
    "SearchForFreeSlots",
    "Searching for free slots with valid partial dateTime strings",
)
async def an_edge_with_any_offset(gp: Consumer) -> None:
    local = await gp.slots(start="2026-11-23T10:00:00+01:00")
    utc = await gp.slots(start="2026-11-23T09:00:00Z")

    assert (local.status_code, local.json()) == (200, utc.json())


@scenario("SearchForFreeSlots", "Searching for free slots with other searchFilter system")
async def a_filter_that_is_not_ours(gp: Consumer) -> None:
    assert (await gp.slots(searchFilter="https://example.org|code")).status_code == 200


@scenario(
    "SearchForFreeSlots",
    "Successfully search for free slots and check the slot resources returned are valid",
)
async def slots_say_what_is_free(gp: Consumer) -> None:
    for slot in (await gp.slots()).json()["items"]:
        assert slot["start"] < slot["end"]
        assert slot["service_id"] == str(gp.clinic.service_id)
        assert slot["practitioner_id"] in {
            str(gp.clinic.doctor_id),
            str(gp.clinic.second_doctor_id),
        }
        assert (slot["time_zone"], slot["channel"]) == ("Europe/London", "video")


@scenario(
    "SearchForFreeSlots",
    "SearchForFreeSlots valid response check caching headers exist",
    "SearchForFreeSlots invalid response check caching headers exist",
)
async def searches_are_not_kept(gp: Consumer) -> None:
    is_not_kept(await gp.slots())
    is_not_kept(await gp.slots(start="never"))


@scenario(
    "AppointmentBook",
    "Book single appointment for patient",
    "Book Appointment and appointment participant is valid",
)
async def a_free_slot_is_booked(gp: Consumer) -> None:
    booked = await gp.booked()
    read = await gp.http.get(booked.headers["location"])

    assert read.json()["patient_id"] == str(gp.clinic.patient_id)
    assert read.json()["practitioner_id"] == str(gp.clinic.doctor_id)
    assert (read.json()["status"], read.json()["start"]) == ("booked", "2026-11-23T09:00:00Z")


@scenario(
    "AppointmentBook",
    "Book single appointment for patient with optional elements",
    "Book single appointment for patient with Extensions",
)
async def a_delivery_channel_is_chosen(gp: Consumer) -> None:
    booked = await gp.book(gp.appointment(channel="video"))

    assert (booked.status_code, booked.json()["channel"]) == (201, "video")


@scenario("AppointmentBook", "Book Appointment with invalid url for booking appointment")
async def an_address_that_is_not_there(gp: Consumer) -> None:
    answer = await gp.http.post("/api/v1/appointmentqq/!", json=gp.appointment(), headers=key())

    assert answer.status_code == 404


@scenario("AppointmentBook", "Book Appointment without practitioner participant")
async def any_practitioner_will_do(gp: Consumer) -> None:
    body = gp.appointment(end=at(12).isoformat())
    del body["practitioner_id"]
    booked = await gp.http.post("/api/v1/appointments/first-available", json=body, headers=key())

    assert booked.status_code == 201


@scenario(
    "AppointmentBook",
    "Book Appointment and remove manadatory resources from the appointment booking",
    "Book appointment with missing start element in appointment resource",
    "Book appointment with missing slot element in appointment resource",
)
async def a_mandatory_element_is_missing(gp: Consumer) -> None:
    for name in ("patient_id", "start", "service_id", "practitioner_id"):
        body = gp.appointment()
        del body[name]
        refuses(await gp.book(body), name)


@scenario("AppointmentBook", "Book Appointment and remove all participants")
async def nobody_takes_part(gp: Consumer) -> None:
    refuses(await gp.book({"start": at(9).isoformat()}), "patient_id")


@scenario(
    "AppointmentBook",
    "Book appointment for patient and send extra fields in the resource",
    "Book appointment with typeCode in appointment resource",
)
async def an_element_that_is_not_known(gp: Consumer) -> None:
    for extra in ("invalidField", "typeCode", "priority", "status"):
        refuses(await gp.book(gp.appointment() | {extra: "x"}), extra)


@scenario("AppointmentBook", "Book appointment with invalid slot reference")
async def a_time_that_is_no_slot(gp: Consumer) -> None:
    for start in ("Slot/hello", "45555555##", "2026-11-23T20:00:00Z", "2026-11-22T09:00:00Z"):
        refuses(await gp.book(gp.appointment() | {"start": start}), "start")


@scenario(
    "AppointmentBook",
    "Book single appointment for patient and check the location reference is valid",
)
async def the_room_is_one_of_ours(gp: Consumer) -> None:
    async with gp.clinic.database.transaction(gp.clinic.actor) as session:
        room = Location(organization_id=gp.clinic.organization_id, name="Room 1")
        session.add(room)

    booked = await gp.book(gp.appointment(with_ids=[str(room.id)]))

    assert booked.json()["with_ids"] == [str(room.id)]
    refuses(await gp.book(gp.appointment(at(10), with_ids=[str(uuid4())])), "with_ids")


@scenario(
    "AppointmentBook",
    "Book appointment and send an invalid bundle resource",
    "Book appointment and send an invalid appointment resource",
)
async def what_is_sent_is_no_appointment(gp: Consumer) -> None:
    wrong: tuple[object, ...] = ([], "appointment", {"resourceType": "Bundle"}, {"start": {}})
    for body in wrong:
        assert (await gp.book(body)).status_code == 422


@scenario(
    "AppointmentBook",
    "Book appointment valid response check caching headers exist",
    "Book appointment invalid response check caching headers exist",
)
async def bookings_are_not_kept(gp: Consumer) -> None:
    is_not_kept(await gp.booked())
    is_not_kept(await gp.book({}))


@scenario("AppointmentBook", "Book appointment re-using an already booked slot")
async def a_slot_is_not_booked_twice(gp: Consumer) -> None:
    await gp.booked()

    again = await gp.book(gp.appointment() | {"patient_id": str(gp.clinic.second_patient_id)})

    assert (again.status_code, again.json()["type"]) == (409, "/problems/slot-not-free")
    assert again.json()["next_free"]


@scenario(
    "AppointmentBook",
    "Book appointment with a description",
    "Book appointment with a description and comment",
    "Book appointment with a comment",
    "Book appointment without a comment",
)
async def what_it_is_for_is_kept(gp: Consumer) -> None:
    described = await gp.book(gp.appointment(reason="customDescription\nCustomComment"))
    silent = await gp.book(gp.appointment(at(10)))

    assert described.json()["reason"] == "customDescription\nCustomComment"
    assert silent.json()["reason"] == ""


@scenario("AppointmentBook", "Book single appointment for patient with invalid reference")
async def the_patient_is_unknown(gp: Consumer) -> None:
    unknown = await gp.book(gp.appointment() | {"patient_id": str(uuid4())})

    assert unknown.status_code == 404
    refuses(await gp.book(gp.appointment() | {"patient_id": "Patient/1"}), "patient_id")


@scenario(
    "AppointmentCancel",
    "I perform a successful cancel appointment",
    "Cancel appointment check cancellation reason is equal to the request cancellation reason",
    "Cancel appointment verify resource is updated when an valid ETag value is provided",
    "Cancel appointment check the version id of the cancelled resource is different",
    "Cancel appointment prefer header set to representation",
)
async def a_cancellation_says_why_and_counts_the_version(gp: Consumer) -> None:
    booked = await gp.booked()

    cancelled = await gp.cancel(booked, {"code": "patient", "reason": "double booked"})

    assert cancelled.status_code == 200
    assert cancelled.json()["status"] == "cancelled"
    assert cancelled.json()["cancellation_reason"] == "double booked"
    assert cancelled.headers["etag"] != booked.headers["etag"]
    assert (await gp.book()).status_code == 201


@scenario(
    "AppointmentCancel",
    "I perform a successful cancel appointment and amend the comment",
    "I perform cancel appointment and update the description",
    "I perform cancel appointment and add participants",
    "I perform cancel appointment and update the type text",
)
async def a_cancellation_changes_nothing_else(gp: Consumer) -> None:
    booked = await gp.booked()
    for more in ("comment", "description", "participant", "with_ids", "type", "start"):
        refuses(await gp.cancel(booked, {"reason": "double booked", more: "x"}), more)

    assert (await gp.http.get(booked.headers["location"])).headers["etag"] == '"1"'


@scenario("AppointmentCancel", "Cancel appointment invalid cancellation extension url")
async def a_cancellation_code_that_is_not_known(gp: Consumer) -> None:
    booked = await gp.booked()
    for code in ("", "too-busy"):
        refuses(await gp.cancel(booked, {"code": code}), "code")


@scenario(
    "AppointmentCancel",
    "Cancel appointment verify resource is not updated when an out of date ETag value is provided",
)
async def a_cancellation_of_another_version(gp: Consumer) -> None:
    booked = await gp.booked()

    stale = await gp.cancel(booked, {}, '"7"')
    blind = await gp.http.post(f"{booked.headers['location']}/cancel", json={}, headers=key())
    refuses(await gp.cancel(booked, {}, "invalidEtag"), "If-Match")

    assert (stale.status_code, blind.status_code) == (412, 428)
    assert (await gp.http.get(booked.headers["location"])).json()["status"] == "booked"


@scenario(
    "AppointmentCancel",
    "Cancel appointment valid response check caching headers exist",
    "Cancel appointment invalid response check caching headers exist",
)
async def cancellations_are_not_kept(gp: Consumer) -> None:
    booked = await gp.booked()

    is_not_kept(await gp.cancel(booked, {"code": "nothing"}))
    is_not_kept(await gp.cancel(booked, {}))


@scenario("AppointmentCancel", "Amend a cancelled appointment")
async def what_is_cancelled_stays_so(gp: Consumer) -> None:
    booked = await gp.booked()
    cancelled = await gp.cancel(booked, {})
    version = cancelled.headers["etag"]

    amended = await gp.amend(booked, {"reason": "After all"}, version)
    again = await gp.cancel(booked, {}, version)

    assert (amended.status_code, again.status_code) == (409, 409)


@scenario(
    "AppointmentAmend",
    "I perform a successful amend appointment and check the returned appointment resources are"
    " in the future",
    "Amend appointment set etag and check etag is the same in the returned amended appointment",
    "Amend appointment with Comment and Description",
    "Amend appointment prefer header set to representation",
)
async def the_reason_is_amended(gp: Consumer) -> None:
    booked = await gp.booked()

    amended = await gp.amend(booked, {"reason": "customDescription"})
    read = await gp.http.get(booked.headers["location"])

    assert (amended.status_code, amended.json()["reason"]) == (200, "customDescription")
    assert amended.headers["etag"] == read.headers["etag"] == '"2"'
    assert read.json() == amended.json()


@scenario(
    "AppointmentAmend",
    "Amend appointment and update element which cannot be updated",
    "Amend appointment and send an invalid appointment resource",
    "Amend appointment and update cancellation reason",
)
async def nothing_else_is_amended(gp: Consumer) -> None:
    booked = await gp.booked()
    for element in ("priority", "start", "patient_id", "status", "cancellation_reason"):
        refuses(await gp.amend(booked, {"reason": "x", element: "1"}), element)


@scenario("AppointmentAmend", "Amend appointment send an update with an invalid if-match header")
async def an_amendment_of_another_version(gp: Consumer) -> None:
    booked = await gp.booked()

    stale = await gp.amend(booked, {"reason": "x"}, '"7"')
    blind = await gp.http.patch(booked.headers["location"], json={"reason": "x"}, headers=key())
    refuses(await gp.amend(booked, {"reason": "x"}, "invalidEtag"), "If-Match")

    assert (stale.status_code, blind.status_code) == (412, 428)


@scenario("AppointmentAmend", "Amend appointment and send an invalid bundle resource")
async def what_is_sent_is_no_amendment(gp: Consumer) -> None:
    booked = await gp.booked()
    wrong: tuple[object, ...] = ([], "x", {}, {"resourceType": "Bundle"})
    for body in wrong:
        assert (await gp.amend(booked, body)).status_code == 422


@scenario(
    "AppointmentAmend",
    "Amend appointment valid response check caching headers exist",
    "Amend appointment invalid response check caching headers exist",
)
async def amendments_are_not_kept(gp: Consumer) -> None:
    booked = await gp.booked()

    is_not_kept(await gp.amend(booked, {"priority": "1"}))
    is_not_kept(await gp.amend(booked, {"reason": "x"}))


@scenario(
    "AppointmentRead",
    "I perform a successful Read appointment",
    "Read appointment ensure response appointments contain the manadatory elements",
)
async def an_appointment_is_read(gp: Consumer) -> None:
    booked = await gp.booked()

    read = await gp.http.get(booked.headers["location"])

    found: dict[str, Any] = read.json()
    assert read.headers["etag"] == '"1"'
    for element in ("id", "status", "start", "end", "patient_id", "practitioner_id", "channel"):
        assert found[element]


@scenario("AppointmentRead", "Read appointment invalid appointment id")
async def an_appointment_that_is_not_there(gp: Consumer) -> None:
    unknown = await gp.http.get(f"/api/v1/appointments/{uuid4()}")

    assert unknown.status_code == 404
    for wrong in ("Invalid4321", "8888888888"):
        refuses(await gp.http.get(f"/api/v1/appointments/{wrong}"), "appointment_id")


@scenario(
    "AppointmentRead",
    "Read appointment valid response check caching headers exist",
    "Read appointment invalid response check caching headers exist",
)
async def reads_are_not_kept(gp: Consumer) -> None:
    booked = await gp.booked()

    is_not_kept(await gp.http.get(booked.headers["location"]))
    is_not_kept(await gp.http.get("/api/v1/appointments/none"))


@scenario(
    "AppointmentRetrieve",
    "Appointment retrieve success valid id where appointment resource returned is not required",
)
async def a_patient_without_appointments(gp: Consumer) -> None:
    found = await gp.appointments()

    assert (found.status_code, found.json()["items"]) == (200, [])


@scenario(
    "AppointmentRetrieve",
    "Appointment retrieve multiple appointment retrived",
    "Appointment retrieve bundle valid resources returned in the response",
)
async def all_appointments_of_a_patient(gp: Consumer) -> None:
    made = [(await gp.book(gp.appointment(at(hour)))).json() for hour in (9, 10, 11)]
    await gp.book(gp.appointment(at(9, 15)) | {"patient_id": str(gp.clinic.second_patient_id)})

    found = (await gp.appointments()).json()["items"]

    assert [one["id"] for one in found] == [one["id"] for one in made]


@scenario("AppointmentRetrieve", "Appointment retrieve fail due to invalid patient logical id")
async def appointments_of_nobody(gp: Consumer) -> None:
    for wrong in ("null", "dd"):
        refuses(await gp.appointments(patient_id=wrong), "patient_id")


@scenario("AppointmentRetrieve", "Appointment retrieve invalid date format")
async def an_edge_of_appointments_that_is_no_time(gp: Consumer) -> None:
    for edge in ("start", "end"):
        for value in ("2026", "2026-11", "2026-11-23T09:00:00", "random123"):
            refuses(await gp.appointments(**{edge: value}), edge)


@scenario("AppointmentRetrieve", "Appointment retreive with end date before start date")
async def appointments_of_a_reversed_period(gp: Consumer) -> None:
    reversed_period = {"start": at(12).isoformat(), "end": at(9).isoformat()}

    refuses(await gp.appointments(**reversed_period), "end")


@scenario("AppointmentRetrieve", "Appointment retrieve JWT patient type request invalid")
async def who_may_not_ask(gp: Consumer) -> None:
    for who, status in (("patient", 403), ("visitor", 403), ("nobody", 401)):
        answer = await gp.http.get("/api/v1/appointments", headers={ACTING: who})
        assert answer.status_code == status


@scenario(
    "AppointmentRetrieve",
    "Appointment retrieve sending additional valid parameters in the request",
)
async def further_filters(gp: Consumer) -> None:
    await gp.booked()

    assert len((await gp.appointments(status="booked")).json()["items"]) == 1
    assert (await gp.appointments(status="cancelled")).json()["items"] == []


@scenario(
    "AppointmentRetrieve",
    "Appointment retrieve valid response check caching headers exist",
    "Appointment retrieve invalid response check caching headers exist",
)
async def lists_are_not_kept(gp: Consumer) -> None:
    is_not_kept(await gp.appointments())
    is_not_kept(await gp.appointments(patient_id="null"))


@pytest.mark.parametrize(
    "case", CASES.values(), ids=[f"{feature}: {title}" for feature, title in CASES]
)
async def test_gp_connect(case: Case, desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    await case(Consumer(desk, clinic))


def test_every_scenario_is_a_test_or_left_out_for_a_reason() -> None:
    scenarios = {
        (path.stem, title)
        for path in FEATURES.glob("*.feature")
        for title in TITLE.findall(_without_comments(path.read_text("utf-8-sig")))
    }
    left_out = {(feature, title) for (feature, _), titles in LEFT_OUT.items() for title in titles}

    assert len(scenarios) > 140
    assert CASES.keys() & left_out == set()
    assert CASES.keys() | left_out == scenarios
    assert all(reason for _, reason in LEFT_OUT)


def _without_comments(text: str) -> str:
    return re.sub(r"^\s*#.*$", "", text, flags=re.MULTILINE)
