"""Clients that book, move and cancel at random, ask again when they cannot know, and write down
everything that they asked and heard."""

import asyncio
import base64
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from tests.faults.history import UNKEYED, Attempt, Deed, Operation, State
from tests.faults.practice import SLOT, Practice
from tests.faults.wire import Answer, Ask, Unanswered, Wire

TRIES, TRIES_AT_LAST = 4, 12
PAUSE_SECONDS = 0.1
REPEAT, MISUSE, STALE = 0.15, 0.03, 0.08
"""How often an ok is asked again, a key is used for something else, an old version is sent."""
WEIGHTS: Mapping[Deed, int] = {
    "hold": 16,
    "book-hold": 13,
    "book": 20,
    "first": 7,
    "bulk": 4,
    "move": 15,
    "cancel": 10,
    "mark": 6,
    "read": 10,
    "release": 3,
}


@dataclass
class Knowledge:
    """What all clients know together."""

    total: int
    operations: list[Operation] = field(default_factory=list)
    appointments: dict[UUID, State] = field(default_factory=dict)
    noticed: list[str] = field(default_factory=list)

    def next_number(self) -> int | None:
        """The number of another operation; None when there are enough."""
        return len(self.operations) if len(self.operations) < self.total else None


class Client:
    """One caller, with a connection to each node by way of its proxy."""

    def __init__(
        self,
        number: int,
        practice: Practice,
        knowledge: Knowledge,
        *,
        ports: Sequence[int],
        token: str,
        seed: int,
    ) -> None:
        self._number = number
        self._practice = practice
        self._knowledge = knowledge
        self._wires = [Wire(port) for port in ports]
        self._token = token
        self._seed = seed
        self._random = Random(f"{seed} client {number}")  # noqa: S311 - a seed brings it back
        self._holds: list[State] = []

    async def work(self) -> None:
        """Until there are enough operations."""
        while (number := self._knowledge.next_number()) is not None:
            operation = self._think_of(number)
            self._knowledge.operations.append(operation)
            ask = self.ask(operation)
            await self._settle(operation, ask, TRIES)
            await self._ask_again(operation, ask)
        self.close()

    def close(self) -> None:
        """Let the connections go."""
        for wire in self._wires:
            wire.close()

    def _think_of(self, number: int) -> Operation:
        deed = self._random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        if deed in {"book-hold", "release"} and not self._holds:
            deed = "hold"
        known = self._knowledge.appointments
        if deed in {"move", "cancel", "mark", "read"} and not known:
            deed = "book"
        operation = Operation(number, self._number, deed, self._place())
        if deed in {"book-hold", "release"}:
            held = self._holds.pop()
            operation.target = held.id
            if deed == "release":
                operation.version = held.version
        elif deed in {"move", "cancel", "mark", "read"}:
            state = self._one_of(known, deed)
            operation.target, operation.version = state.id, state.version
            if self._random.random() < STALE:
                operation.version = max(1, state.version - 1)
            is_back = state.status == "arrived"
            operation.wanted = {**operation.wanted, "status": "booked" if is_back else "arrived"}
        return operation

    def _one_of(self, known: Mapping[UUID, State], deed: Deed) -> State:
        """Any, but of those to be marked one of today, where there is one."""
        today = self._practice.opens.date()
        there = [key for key, state in known.items() if state.start.date() == today]
        return known[self._random.choice(there if deed == "mark" and there else list(known))]

    def _place(self) -> Mapping[str, object]:
        return {
            "practitioner_id": str(self._random.choice(self._practice.practitioners)),
            "patient_id": str(self._random.choice(self._practice.patients)),
            "start": self._random.choice(self._practice.starts).isoformat(),
            "channel": self._random.choice(("telephone", "telephone", "video")),
        }

    def ask(self, operation: Operation) -> Ask:
        """The request that an operation is: always the same bytes."""
        method, path, body = self._request(operation)
        headers = [("Authorization", f"Bearer {self._token}")]
        if operation.deed not in UNKEYED:
            headers.append(("Idempotency-Key", f"{self._seed}-{operation.number}"))
        if operation.version is not None and operation.deed != "read":
            headers.append(("If-Match", f'"{operation.version}"'))
        encoded = json.dumps(body).encode() if body else b""
        return Ask(method, path, tuple(headers), encoded)

    def _request(self, operation: Operation) -> tuple[str, str, Mapping[str, object]]:
        appointments, wanted = "/api/v1/appointments", operation.wanted
        time_of = {
            "service_id": str(self._practice.service_id),
            "practitioner_id": wanted["practitioner_id"],
            "start": wanted["start"],
        }
        for_whom = {
            "patient_id": wanted["patient_id"],
            "channel": wanted["channel"],
            "reason": operation.tag,
        }
        one = f"{appointments}/{operation.target}"
        requests: Mapping[Deed, tuple[str, str, Mapping[str, object]]] = {
            "hold": ("POST", "/api/v1/holds", time_of),
            "release": ("DELETE", f"/api/v1/holds/{operation.target}", {}),
            "book": ("POST", appointments, {**time_of, **for_whom}),
            "first": ("POST", f"{appointments}/first-available", self._first(operation)),
            "bulk": ("POST", f"{appointments}/bulk", self._bulk(operation)),
            "book-hold": ("POST", appointments, {"hold_id": str(operation.target), **for_whom}),
            "move": ("POST", f"{one}/reschedule", time_of),
            "cancel": ("POST", f"{one}/cancel", {"reason": operation.tag}),
            "mark": ("POST", f"{one}/status", {"status": wanted.get("status")}),
            "read": ("GET", one, {}),
        }
        return requests[operation.deed]

    def _first(self, operation: Operation) -> Mapping[str, object]:
        """With anybody, within a day."""
        start = datetime.fromisoformat(str(operation.wanted["start"]))
        return {
            "service_id": str(self._practice.service_id),
            "patient_id": operation.wanted["patient_id"],
            "start": start.isoformat(),
            "end": (start + timedelta(days=1)).isoformat(),
            "reason": operation.tag,
        }

    def _bulk(self, operation: Operation) -> Mapping[str, object]:
        """One patient with one practitioner, at slots that follow each other."""
        start = datetime.fromisoformat(str(operation.wanted["start"]))
        lines = [
            {
                "action": "book",
                "service_id": str(self._practice.service_id),
                "practitioner_id": operation.wanted["practitioner_id"],
                "patient_id": operation.wanted["patient_id"],
                "start": (start + SLOT * number).isoformat(),
                "reason": tag,
            }
            for number, tag in enumerate(operation.tags)
        ]
        return {"lines": lines, "all_or_nothing": True}

    async def _settle(self, operation: Operation, ask: Ask, tries: int) -> None:
        """Ask until it is known, with pauses, `tries` times at most."""
        for number in range(tries):
            if number:
                await asyncio.sleep(PAUSE_SECONDS * 2 ** min(number, 4) * self._random.random())
            attempt = await self._try(ask)
            operation.attempts.append(attempt)
            if attempt.is_good or attempt.is_refusal:
                break
        self._judge(operation)

    async def _try(self, ask: Ask) -> Attempt:
        wire = self._random.choice(self._wires)
        started = time.monotonic()
        try:
            answer = await wire.ask(ask)
        except Unanswered:
            return Attempt(started, time.monotonic())
        kind = str(answer.json().get("type", "")).rpartition("/")[2] if answer.status > 299 else ""
        is_replay = answer.headers.get("idempotency-replayed") == "true"
        return Attempt(started, time.monotonic(), answer.status, answer.body, is_replay, kind)

    def _judge(self, operation: Operation) -> None:
        """Ok where it says so; failed only where no request of it can still be at work."""
        last = operation.attempts[-1]
        if last.is_good:
            operation.outcome = "ok"
            operation.state = _state(operation, last)
            self._remember(operation)
        elif last.is_refusal and not any(each.may_have_worked for each in operation.attempts):
            operation.outcome = "failed"

    def _remember(self, operation: Operation) -> None:
        state = operation.state
        if state is None:
            return
        if operation.deed == "hold":
            self._holds.append(state)
            return
        known = self._knowledge.appointments.get(state.id)
        if known is None or known.version < state.version:
            self._knowledge.appointments[state.id] = state
        if state.status == "cancelled" and self._random.random() < 0.9:
            self._knowledge.appointments.pop(state.id)

    async def _ask_again(self, operation: Operation, ask: Ask) -> None:
        """Now and then a repeat, and the same key for something else."""
        if operation.outcome != "ok" or operation.deed in UNKEYED:
            return
        if self._random.random() < REPEAT:
            operation.attempts.append(await self._try(ask))
        if self._random.random() < MISUSE:
            other = Ask(
                ask.method, ask.path, ask.headers, ask.body.replace(b"operation", b"misuse")
            )
            attempt = await self._try(other)
            if ask.body != other.body and attempt.is_good:
                self._knowledge.noticed.append(f"{operation.tag}: another body was taken for it")

    async def resolve(self, operation: Operation) -> None:
        """Once nothing is at work any more: ask again until it is known."""
        if operation.outcome != "unknown" or operation.deed in UNKEYED:
            return
        before = operation.attempts
        operation.attempts = []
        await self._settle(operation, self.ask(operation), TRIES_AT_LAST)
        operation.attempts = [*before, *operation.attempts]


def _state(operation: Operation, attempt: Attempt) -> State | None:
    """The appointment or hold in an answer."""
    if operation.deed in {"release", "bulk"}:
        return None
    found = json.loads(attempt.body)
    start = datetime.fromisoformat(found["start"])
    return State(
        id=UUID(found["id"]),
        version=found.get("version", 1),
        status=found.get("status", "pending"),
        practitioner_id=UUID(found["practitioner_id"]),
        start=start,
        end=datetime.fromisoformat(found["end"]) if "end" in found else start + SLOT,
        patient_id=UUID(found["patient_id"]) if found.get("patient_id") else None,
        reason=found.get("reason", ""),
    )


async def token_of(port: int, system: tuple[str, str]) -> str:
    """A system's access token (RFC 6749 §4.4)."""
    basic = base64.b64encode(":".join(system).encode()).decode()
    headers = (
        ("Authorization", f"Basic {basic}"),
        ("Content-Type", "application/x-www-form-urlencoded"),
    )
    answer = await _asked(
        port, Ask("POST", "/api/v1/token", headers, b"grant_type=client_credentials")
    )
    return str(answer.json()["access_token"])


async def staff_token(port: int, username: str, password: str) -> str:
    """A person's access token."""
    body = json.dumps({"username": username, "password": password}).encode()
    answer = await _asked(port, Ask("POST", "/api/v1/sign-in", (), body))
    return str(answer.json()["access_token"])


async def _asked(port: int, ask: Ask) -> Answer:
    wire = Wire(port, deadline=30)
    answer = await wire.ask(ask)
    wire.close()
    assert answer.status == 200, answer.body
    return answer
