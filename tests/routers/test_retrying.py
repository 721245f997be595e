"""A transaction that PostgreSQL gave up is done again; the caller sees one answer."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select, text
from starlette.types import Message, Receive, Scope, Send
from structlog.testing import capture_logs

from app import scheduling
from app.database import Database
from app.models import Appointment
from app.routers.retrying import LOST_RACE, TRIES, Retrying
from app.scheduling import Details, Wanted
from app.scheduling.rotas.locking import lock_rotas
from tests.clinic import NOW, Clinic, at
from tests.routers.service import ACTING, served

pytestmark = pytest.mark.anyio
TICK = 0.01
"""Seconds between two looks at the locks."""

_WAITING = text(
    "SELECT count(*) FROM pg_locks WHERE NOT granted"
    " AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())"
)


class GivenUpError(Exception):
    """The other of two does not go through with it."""


@pytest.fixture
async def caller(clinic_app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    async with (
        served(clinic_app) as address,
        httpx2.AsyncClient(base_url=address, headers={ACTING: "desk"}, timeout=30) as opened,
    ):
        yield opened


@pytest.fixture
async def others(clinic_url: str) -> AsyncIterator[Database]:
    """Connections of those who come in between."""
    opened = Database(clinic_url)
    yield opened
    await opened.close()


@pytest.mark.database
async def test_a_booking_that_lost_a_deadlock_is_booked_all_the_same(
    clinic: Clinic, caller: httpx2.AsyncClient, others: Database
) -> None:
    with capture_logs() as logs:
        answer = await booked_in_a_deadlock(clinic, caller, others)

    assert answer.status_code == 201
    assert "Idempotency-Replayed" not in answer.headers
    assert [entry["event"] for entry in logs if entry["log_level"] != "info"] == ["lost_race"]
    assert [entry["status"] for entry in logs if entry["event"] == "request"] == [201]
    async with clinic.database.transaction(clinic.actor) as session:
        ours = Appointment.organization_id == clinic.organization_id
        assert await session.scalar(select(func.count()).where(ours)) == 1


async def booked_in_a_deadlock(
    clinic: Clinic, caller: httpx2.AsyncClient, others: Database
) -> httpx2.Response:
    """Who waited first looks for deadlocks first, and gives up: that is the request."""
    wanted = Wanted(clinic.service_id, clinic.doctor_id, at(9))
    asked = {
        "service_id": str(clinic.service_id),
        "practitioner_id": str(clinic.doctor_id),
        "patient_id": str(clinic.patient_id),
        "start": at(9).isoformat(),
    }
    try:
        async with clinic.database.transaction(clinic.actor) as session:
            await scheduling.book(session, wanted, Details(clinic.second_patient_id), now=NOW)
            key = {"Idempotency-Key": uuid4().hex}
            request = asyncio.create_task(
                caller.post("/api/v1/appointments", json=asked, headers=key)
            )
            await until_somebody_waits(others, clinic)
            await lock_rotas(session)
            raise GivenUpError
    except GivenUpError:
        return await request


async def until_somebody_waits(database: Database, clinic: Clinic) -> None:
    for _ in range(500):
        async with database.transaction(clinic.actor) as session:
            if await session.scalar(_WAITING):
                return
        await asyncio.sleep(TICK)
    raise AssertionError("nobody waited")


class Loser:
    """An application that loses each race but the last of `races`, and echoes what it read."""

    def __init__(self, races: int) -> None:
        self.races = races
        self.read: list[bytes] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message["body"], message.get("more_body", False)
        self.read.append(body)
        assert "path_params" not in scope
        scope["path_params"] = {}
        if len(self.read) < self.races:
            scope["state"][LOST_RACE] = True
        await send({"type": "http.response.start", "status": len(self.read), "headers": []})
        await send({"type": "http.response.body", "body": body})


async def answers_of(app: Loser) -> list[Message]:
    parts = iter((b"one, ", b"two"))
    sent: list[Message] = []

    async def receive() -> Message:
        part = next(parts)
        return {"type": "http.request", "body": part, "more_body": part != b"two"}

    async def send(message: Message) -> None:
        sent.append(message)

    await Retrying(app)({"type": "http", "state": {"request_id": "1"}}, receive, send)
    return sent


async def test_each_try_reads_the_same_body_and_one_answer_goes_out() -> None:
    app = Loser(races=2)

    sent = await answers_of(app)

    assert app.read == [b"one, two"] * 2
    assert [message.get("status") for message in sent] == [2, None]


async def test_who_loses_again_and_again_is_told_in_the_end() -> None:
    app = Loser(races=99)

    sent = await answers_of(app)

    assert len(app.read) == TRIES
    assert [message.get("status") for message in sent] == [TRIES, None]
