"""Whatever the OpenAPI document allows to be sent: no fault of ours, no undocumented answer."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID, uuid4

import pytest
import schemathesis
import uvicorn
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app import documents, encounters, observations, referrals
from app.config import Settings
from app.database import Database
from app.identity import Principal
from app.main import ROUTES, create_app
from app.models import (
    BusySource,
    Communication,
    HealthcareService,
    MonitorLink,
    PractitionerRole,
    Webhook,
)
from app.observations import feed
from app.sealing import open_sealing
from tests.documents.files import kept_picture
from tests.encounters.world import NOON, Practice, planned, practice
from tests.routers.service import ACTING, People, service

pytestmark = pytest.mark.database

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
Operation = APIOperation[Any, Any, Any, Any]
AnyCase = Case[Any]
EXAMPLES = 8
START_SECONDS = 30.0


def everything(house: Practice) -> Principal:
    """Someone whom no role stops, so that requests get as far as they can."""
    return house.staff("clinician", "crew", "scheduler", "administrator", "auditor")


async def seed(url: str) -> tuple[Principal, dict[str, UUID]]:
    """One record of each kind; their ids by the name of the path parameter."""
    database = Database(url)
    try:
        house = await practice(database)
        visit = await planned(house)
        person = everything(house)
        async with house.acting(person) as session:
            service_ = HealthcareService(
                organization_id=house.organization_id,
                name="Advice",
                specialty="stroke",
                urgent=True,
                shared=True,
            )
            session.add(service_)
            await session.flush()
            session.add(
                PractitionerRole(
                    organization_id=house.organization_id,
                    practitioner_id=house.practitioner_id,
                    role="clinician",
                    service_id=service_.id,
                    on_duty_since=NOON,
                )
            )
            message = Communication(
                organization_id=house.organization_id,
                kind="confirmation",
                medium="sms",
                dedupe_key="seed",
                patient_id=house.patient_id,
                appointment_id=visit.appointment_id,
                due_at=NOON,
                status="failed",
            )
            session.add(message)
            await session.flush()
            asked = referrals.Asked(service_id=service_.id, question="Is it?")
            request = await referrals.raise_request(session, asked, now=NOON)
            webhook = Webhook(
                organization_id=house.organization_id,
                url="https://hook.invalid/",
                sealed_secret=b"sealed",
                events=[],
            )
            source = BusySource(
                organization_id=house.organization_id,
                practitioner_id=house.practitioner_id,
                kind="file",
                name="Rota",
            )
            session.add_all([webhook, source])
            await session.flush()
            await check_line(session, visit.encounter_id)
            note = await documents.create_note(session, visit.encounter_id, "Cough", now=NOON)
            reading = await observations.record_for_request(
                session,
                request.id,
                observations.Measurement(code="heart-rate", value=70, taken_at=NOON),
                now=NOON,
            )
            sealing = open_sealing(Settings(DATABASE_URL=SecretStr(url)))
            picture = await kept_picture(session, request.id, sealing=sealing)
            mark = await documents.draw_mark(
                session,
                picture.id,
                documents.Shape(kind="spot", points=[(0.5, 0.5)]),
                id=uuid4(),
                page=1,
                now=NOON,
            )
            link = await linked_monitor(session, request.id)
        return person, {
            "appointment_id": visit.appointment_id,
            "communication_id": message.id,
            "document_id": picture.id,
            "encounter_id": visit.encounter_id,
            "mark_id": mark.id,
            "link_id": link.id,
            "monitor_id": link.monitor_id,
            "note_id": note.id,
            "observation_id": reading.id,
            "organization_id": house.organization_id,
            "patient_id": house.patient_id,
            "practitioner_id": house.practitioner_id,
            "request_id": request.id,
            "service_id": service_.id,
            "source_id": source.id,
            "webhook_id": webhook.id,
        }
    finally:
        await database.close()


async def check_line(session: AsyncSession, encounter_id: UUID) -> None:
    check = encounters.NewLineCheck(id=uuid4(), checked_ms_ago=0, verdict="blocked")
    await encounters.store_line_check(session, encounter_id, check, now=NOON)


async def linked_monitor(session: AsyncSession, request_id: UUID) -> MonitorLink:
    made = await feed.register_monitor(session, feed.NewMonitor(name="Monitor 7"))
    return await feed.link_monitor(session, request_id, made.monitor.id, now=NOON)


@contextmanager
def in_a_thread(app: FastAPI) -> Iterator[str]:
    """The application behind a real server with an event loop of its own; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(app, log_config=None, access_log=False, ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not server.started and thread.is_alive() and time.monotonic() < deadline:
            time.sleep(0.02)  # uvicorn has no event to wait for
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(START_SECONDS)


@dataclass(frozen=True)
class Served:
    """Where the service is, and ids of records that exist."""

    address: str
    known: dict[str, UUID]


@pytest.fixture(scope="module")
def served(make_database: Callable[[], str]) -> Iterator[Served]:
    url = make_database()
    person, known = asyncio.run(seed(url))
    with in_a_thread(service(url, People(everything=person), now=NOON)) as address:
        yield Served(address, known)


@cache
def operations() -> dict[str, Operation]:
    """Every operation of the API by its name. The document needs no database."""
    app = create_app(Settings(DATABASE_URL=SecretStr("postgresql://nowhere/none")))
    document = schemathesis.openapi.from_dict(app.openapi())
    found = [result.ok() for result in document.get_all_operations() if isinstance(result, Ok)]
    assert len(found) == sum(1 for _ in document.get_all_operations())
    return {operation.label: operation for operation in found}


LABELS = [
    f"{method} {route.path_format}"
    for route in iter_route_contexts(ROUTES)
    if getattr(route, "include_in_schema", False)
    for method in sorted(route.methods or ())
]
"""Their names: the document itself takes seconds, and each process that runs tests wants these."""


def test_every_operation_of_the_document_is_asked() -> None:
    assert sorted(LABELS) == sorted(operations())


@pytest.mark.parametrize("label", LABELS)
def test_the_document_tells_the_truth(label: str, served: Served) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operations()[label].as_strategy(), real=st.booleans())
    def exercise(case: AnyCase, real: bool) -> None:
        for name in case.path_parameters or {}:
            if real and name in served.known:
                case.path_parameters[name] = str(served.known[name])
        case.call_and_validate(
            base_url=served.address, headers={ACTING: "everything"}, checks=CHECKS
        )

    exercise()
