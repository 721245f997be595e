"""Every operation, asked by everyone, with another organisation's ids: nothing seen or changed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from sqlalchemy import select

from app.database import Database
from app.identity import Actor, Principal, StaffRole
from app.main import ROUTES
from app.models import AuditEvent
from tests.clinic import Clinic, open_clinic
from tests.routers.neighbour import MARK, Neighbour, open_neighbour
from tests.routers.service import ACTING, People, client, service

pytestmark = [pytest.mark.anyio, pytest.mark.database]
ROLES: tuple[StaffRole, ...] = ("clinician", "crew", "scheduler", "administrator", "auditor")
ASKING = (*ROLES, "system", "patient", "guest")
LEFT_OUT = {"/docs", "/api/v1/sign-out", "/sign-out"}
# Where the schema alone does not say what makes sense.
WORDS = {
    "time_zone": "Europe/London",
    "nhs_number": "9990000018",
    "phone": "01632 960001",
    "email": "kim@example.org",
    "state": "ringing",
    "recurrence": "FREQ=WEEKLY;COUNT=2",
    "wall_time": "10:00",
    "scope": "all",
    "start_time": "09:00",
    "end_time": "12:00",
    "grant_type": "client_credentials",
}
# Names and ODS codes of organisations are public (NHS Organisation Data Service).
PUBLIC = {"organization_id"}
Schema = dict[str, object]


@dataclass(frozen=True)
class Operation:
    """One method of one route. Pages have no body of JSON."""

    method: str
    path: str
    document: Schema

    @property
    def is_page(self) -> bool:
        return not self.path.startswith("/api/")

    @property
    def sends_form(self) -> bool:
        return self.is_page and self.method != "GET"


@cache
def description() -> dict[str, Any]:
    return service("postgresql+asyncpg://nobody/none", People()).openapi()


def operations() -> Iterator[Operation]:
    paths = description()["paths"]
    for route in iter_route_contexts(ROUTES):
        path = route.path
        if isinstance(route.route, APIRoute) and path and path not in LEFT_OUT:
            for method in sorted(route.methods or ()):
                document = paths.get(path, {}).get(method.lower(), {})
                yield Operation(method, path, document)


def asking(clinic: Clinic, neighbour: Neighbour) -> People:
    person = replace(clinic.scheduler, practitioner_id=clinic.doctor_id)
    people: dict[str, Principal] = {
        role: replace(person, subject=uuid4(), roles=frozenset({role})) for role in ROLES
    }
    nobody = replace(person, roles=frozenset(), practitioner_id=None)
    people["system"] = replace(nobody, kind="system", scopes=frozenset({"booking"}))
    seated = replace(nobody, encounter_id=uuid4(), participant_id=uuid4())
    people["patient"] = replace(seated, kind="patient", patient_id=clinic.patient_id)
    people["guest"] = replace(seated, kind="guest")
    assert all(one.organization_id != neighbour.clinic.organization_id for one in people.values())
    return People(**people)


class Filler:
    """Bodies that fit the schema, with the neighbour's id wherever an id is wanted."""

    def __init__(self, neighbour: Neighbour) -> None:
        self.schemas = description()["components"]["schemas"]
        self.neighbour = neighbour
        self.used = False

    def id_of(self, name: str) -> str:
        found = self.neighbour.id_of(name)
        self.used = self.used or found is not None
        return str(found or uuid4())

    def value(self, schema: Schema, name: str) -> object:
        if "$ref" in schema:
            return self.value(self.schemas[str(schema["$ref"]).rsplit("/", 1)[1]], name)
        for choice in ("anyOf", "oneOf", "allOf"):
            if choice in schema:
                return self.value(schema[choice][0], name)  # type: ignore[index]
        if "enum" in schema:
            return schema["enum"][0]  # type: ignore[index]
        if "const" in schema:
            return schema["const"]
        return self.plain(schema, name)

    def plain(self, schema: Schema, name: str) -> object:
        match schema.get("type"):
            case "object":
                members: dict[str, Schema] = schema.get("properties", {})  # type: ignore[assignment]
                return {key: self.value(member, key) for key, member in members.items()}
            case "array":
                return [self.value(schema.get("items", {}), name)]  # type: ignore[arg-type]
            case "integer" | "number":
                return schema.get("minimum", 1)
            case "boolean":
                return True
            case "string":
                return self.string(schema, name)
        return None

    def string(self, schema: Schema, name: str) -> str:
        match schema.get("format"):
            case "uuid":
                return self.id_of(name)
            case "date-time":
                return "2026-11-23T09:30:00Z" if "end" not in name else "2026-11-23T09:45:00Z"
            case "date":
                return "1980-05-17"
            case "time":
                return "09:00:00"
        return WORDS.get(name) or str(schema.get("examples", ["text"])[0])  # type: ignore[index]


@pytest.fixture
async def clinic(database: Database) -> Clinic:
    return await open_clinic(database)


@pytest.fixture
async def neighbour(database: Database) -> Neighbour:
    return await open_neighbour(database)


def address(path: str, neighbour: Neighbour) -> str:
    parts = [
        str(neighbour.id_of(part[1:-1].removesuffix(":path")) or uuid4())
        if part.startswith("{")
        else part
        for part in path.split("/")
    ]
    return "/".join(parts)


def query(operation: Operation, filler: Filler) -> dict[str, str]:
    wanted: list[Schema] = operation.document.get("parameters", [])  # type: ignore[assignment]
    values = {
        str(one["name"]): filler.value(one["schema"], str(one["name"]))  # type: ignore[arg-type]
        for one in wanted
        if one["in"] == "query" and one["name"] not in {"cursor", "limit", "status", "outcome"}
    }
    return {
        name: str(value[0] if isinstance(value, list) else value) for name, value in values.items()
    }


def body(operation: Operation, filler: Filler) -> object | None:
    content: Schema = operation.document.get("requestBody", {}).get("content", {})  # type: ignore[attr-defined]
    if "application/json" not in content:
        return None
    return filler.value(content["application/json"]["schema"], "")  # type: ignore[index]


def form(neighbour: Neighbour) -> dict[str, str]:
    """What the forms of all pages send, together: each takes what it knows."""
    ids = {name: str(key) for name, key in neighbour.ids.items()}
    return ids | {
        "start": "2026-11-23T09:30:00+00:00",
        "version": "1",
        "reason": "text",
        "action": "book",
        "on": "yes",
        "outcome": "advice",
    }


@pytest.mark.parametrize("who", ASKING)
async def test_nothing_of_another_organisation_is_seen_or_changed(
    database: Database, database_url: str, clinic: Clinic, neighbour: Neighbour, who: str
) -> None:
    app = service(database_url, asking(clinic, neighbour))
    before = await neighbour.contents(database)
    wrong: list[str] = []
    asked = 0
    async with client(app, who) as http:
        for operation in operations():
            filler = Filler(neighbour)
            content = body(operation, filler)
            response = await http.request(
                operation.method,
                address(operation.path, neighbour),
                params=form(neighbour) if operation.is_page else query(operation, filler),
                json=content,
                data=form(neighbour) if operation.sends_form else None,
                headers={"If-Match": '"1"', "Idempotency-Key": uuid4().hex},
            )
            asked += 1
            named = f"{operation.method} {operation.path} → {response.status_code}"
            names_theirs = "_id}" in operation.path or (filler.used and content is not None)
            done = response.status_code < 300 and not operation.path.endswith("/search")
            done = done and operation.method != "OPTIONS"  # says the same of every id
            if names_theirs and done and "{organization_id}" not in operation.path:
                wrong.append(f"{named}: done with another's id")
            shown = {name for name, key in neighbour.ids.items() if str(key) in response.text}
            if MARK in response.text or shown - PUBLIC:
                wrong.append(f"{named}: {sorted(shown)} shown")
            if response.status_code >= 500:
                wrong.append(f"{named}: failed")

    assert wrong == []
    assert asked > 60
    assert await neighbour.contents(database) == before


async def test_the_attempt_is_on_record_where_it_came_from(
    database: Database, database_url: str, clinic: Clinic, neighbour: Neighbour
) -> None:
    app = service(database_url, asking(clinic, neighbour))
    stranger: UUID = neighbour.ids["patient_id"]
    async with client(app, "clinician") as http:
        response = await http.get(f"/api/v1/patients/{stranger}", headers={ACTING: "clinician"})
    async with database.transaction(Actor(clinic.organization_id)) as session:
        rows = await session.scalars(
            select(AuditEvent).where(AuditEvent.resource_id == str(stranger))
        )
        attempt = rows.one()

    assert response.status_code == 404
    assert (attempt.outcome, attempt.resource) == ("refused", "Patient")
