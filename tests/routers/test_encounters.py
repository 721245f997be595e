"""A consultation over HTTP: the day, the door, the people, the end."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import uuid4

import httpx2
import pytest

from app import encounters
from app.database import Database
from tests.encounters.world import NOON, Planned, Practice, planned, practice
from tests.routers.service import ACTING, People, client, service

pytestmark = [pytest.mark.anyio, pytest.mark.database]


@dataclass(frozen=True)
class Surgery:
    """The API signed in as the doctor, and a patient who waits."""

    http: httpx2.AsyncClient
    house: Practice
    visit: Planned

    @property
    def url(self) -> str:
        return f"/api/v1/encounters/{self.visit.encounter_id}"

    async def let_in(self) -> httpx2.Response:
        await self.http.get("/api/v1/encounters")
        async with self.house.acting() as session:
            await encounters.admit(session, self.house.staff(), self.visit.encounter_id, now=NOON)
        return await self.http.post(
            f"{self.url}/admit", json={"participant_id": str(self.visit.patient)}
        )


@pytest.fixture
async def surgery(database: Database, database_url: str) -> AsyncIterator[Surgery]:
    house = await practice(database)
    visit = await planned(house)
    stranger = await practice(database, "B82002")
    people = People(
        doctor=house.staff(),
        desk=house.staff("scheduler"),
        patient=visit.patient_principal,
        stranger=stranger.staff(),
    )
    async with house.as_room() as session:
        await encounters.record_attendance(
            session, visit.encounter_id, visit.patient, "waiting", at=NOON
        )
    async with client(service(database_url, people, now=NOON), "doctor") as http:
        yield Surgery(http, house, visit)


async def test_the_day_shows_who_waits(surgery: Surgery) -> None:
    listed = (await surgery.http.get("/api/v1/encounters")).json()

    (row,) = listed["items"]
    assert (row["patient_name"], row["state"]) == ("Joan Ashworth", "waiting")
    assert row["waiting_since"] == "2026-11-20T12:00:00Z"
    assert listed["next"] is None


async def test_another_day_is_empty(surgery: Surgery) -> None:
    listed = await surgery.http.get("/api/v1/encounters", params={"day": "2026-11-21"})

    assert listed.json()["items"] == []


async def test_from_the_waiting_room_to_the_end(surgery: Surgery) -> None:
    admitted = await surgery.let_in()
    running = await surgery.http.get(surgery.url)
    finished = await surgery.http.post(
        f"{surgery.url}/finish", json={"outcome": "advice", "summary": "Rest and drink."}
    )
    again = await surgery.http.post(f"{surgery.url}/finish", json={"outcome": "advice"})

    assert admitted.json()["admitted_at"] == "2026-11-20T12:00:00Z"
    assert running.json()["status"] == "in-progress"
    assert (finished.json()["status"], finished.json()["summary"]) == (
        "finished",
        "Rest and drink.",
    )
    assert again.json() == finished.json()
    assert finished.headers["etag"] == again.headers["etag"]


async def test_what_never_began_does_not_finish(surgery: Surgery) -> None:
    refused = await surgery.http.post(f"{surgery.url}/finish", json={"outcome": "advice"})

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/invalid-transition")


async def test_a_guests_link_leads_to_the_door(surgery: Surgery) -> None:
    guest = {"id": str(uuid4()), "name": "Maria Lopez", "role_label": "interpreter"}

    made, again = [await surgery.http.post(f"{surgery.url}/links", json=guest) for _ in range(2)]

    secret = made.json()["join_url"].partition("/join#")[2]
    opened = await surgery.http.post("/api/v1/join", json={"secret": secret})
    people = await surgery.http.get(f"{surgery.url}/participants")
    assert made.status_code == 201
    assert again.json()["participant_id"] == made.json()["participant_id"] == guest["id"]
    assert opened.json()["stage"] == "name"
    assert [(person["role"], person["role_label"]) for person in people.json()["items"]] == [
        ("clinician", ""),
        ("patient", ""),
        ("guest", "interpreter"),
    ]


async def test_what_was_said_comes_in_pages(surgery: Surgery) -> None:
    for text in ("Hello", "Can you hear me?", "Yes"):
        async with surgery.house.as_room() as session:
            await encounters.record_chat(
                session,
                surgery.visit.encounter_id,
                surgery.visit.patient,
                message_id=uuid4(),
                text=text,
                sent_at=NOON,
            )

    first = (await surgery.http.get(f"{surgery.url}/messages", params={"limit": 2})).json()
    rest = await surgery.http.get(f"{surgery.url}/messages", params={"cursor": first["next"]})

    said = [line["text"] for line in first["items"] + rest.json()["items"]]
    assert sorted(said) == ["Can you hear me?", "Hello", "Yes"]
    assert rest.json()["next"] is None


@pytest.mark.parametrize(
    ("acting", "status"), [("desk", 403), ("patient", 403), ("stranger", 404), ("nobody", 401)]
)
async def test_others_read_nothing_of_it(surgery: Surgery, acting: str, status: int) -> None:
    for path in ("", "/participants", "/messages", "/notes", "/observations"):
        answer = await surgery.http.get(surgery.url + path, headers={ACTING: acting})
        assert answer.status_code == status, path


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/finish", {"outcome": "cured"}),
        ("/finish", {"outcome": "advice", "others": [str(uuid4())]}),
        ("/finish", {"outcome": "advice", "others": [str(uuid4()) for _ in range(13)]}),
        ("/finish", {"outcome": "advice", "extra": 1}),
        ("/finish", {"outcome": "advice", "summary": "a\x00b"}),
        ("/links", {"id": str(uuid4()), "name": ""}),
        ("/admit", {"participant_id": "me"}),
    ],
)
async def test_what_makes_no_sense_is_named(
    surgery: Surgery, path: str, body: dict[str, object]
) -> None:
    refused = await surgery.http.post(surgery.url + path, json=body)

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] in {*body, "extra"}
