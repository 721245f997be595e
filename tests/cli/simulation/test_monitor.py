"""What a monitor sends in which second."""

import asyncio
from datetime import UTC, datetime

import pytest

from app.cli.simulation.client import Credential
from app.cli.simulation.monitor import Showing, readings_at, simulate
from app.cli.simulation.patients import SCENARIOS, Patient

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SIGNS = Patient(SCENARIOS["stable"]).signs_at(0)


@pytest.mark.parametrize(
    ("second", "arterial_line", "count"),
    [(0, False, 6), (1, False, 3), (60, False, 4), (1, True, 5)],
)
def test_a_cuff_and_a_probe_are_read_less_often(
    second: int, arterial_line: bool, count: int
) -> None:
    readings = readings_at(SIGNS, second, NOON, arterial_line=arterial_line)

    assert len(readings) == count
    assert len({reading["id"] for reading in readings}) == count


@pytest.mark.anyio
async def test_it_says_whom_it_waits_for() -> None:
    said: asyncio.Queue[str] = asyncio.Queue()
    nobody = Credential("http://127.0.0.1:9", "monitor", "secret")

    playing = asyncio.create_task(
        simulate(nobody, Showing(SCENARIOS["stable"]), lambda: NOON, said.put_nowait)
    )
    words = [await said.get(), await said.get()]
    playing.cancel()

    assert words[1] == "Sending to http://127.0.0.1:9 as soon as it answers"
