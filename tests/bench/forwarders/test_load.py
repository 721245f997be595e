"""A short load through the real room server: all of it comes, and its processor time is counted."""

import asyncio
import shutil

import pytest

from bench.forwarders import load
from bench.forwarders.room import room_server

pytestmark = [pytest.mark.timeout(60), pytest.mark.alone]


def test_every_packet_of_a_light_load_reaches_all_viewers(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shutil.which("ip")
    monkeypatch.setattr(load, "WINDOW_SECONDS", 0.5)

    [found] = asyncio.run(load.loads(room_server, viewers=3, rates=(300,)))

    assert found.lost == 0.0
    assert 0 < found.cpu_us < 5_000
    assert 0 < found.median_ms <= found.p99_ms
