"""What is measured through real sockets in real namespaces is what was asked for."""

import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.links.network import IP, ROOT, SITE, LinksUnavailable, Network, network
from tests.links.shape import PROFILES, Profile, Shape, bursts
from tests.links.timeline import Step, hand_over, outage

pytestmark = pytest.mark.alone
HEADERS = 28
"""IPv4 and UDP: what a rate counts beside the payload."""
PLAIN = Profile(Shape(), Shape(), "nothing in the way")


@pytest.fixture(scope="module")
def links() -> Iterator[Network]:
    with network() as opened:
        for client in ("crew", "doctor"):
            opened.connect(client, PLAIN)
        opened.connect("crew", PLAIN, link=1, present=False)
        yield opened


@dataclass(frozen=True)
class Heard:
    """Which numbers came, how long each was on its way, and when."""

    numbers: list[int]
    ways_ms: list[float]
    at: list[float]


def measure(
    links: Network, *, count: int, rate: float, size: int = 160, seconds: float = 5.0
) -> Heard:
    """From the crew to the site."""
    probe = (sys.executable, "-m", "tests.links.probe")
    listener = subprocess.Popen(
        links.command("site", *probe, "listen", str(seconds)),
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert listener.stdout
    assert listener.stdout.readline() == "ready\n"
    sender = links.command("crew", *probe, "send", SITE, str(count), str(rate), str(size))
    subprocess.run(sender, cwd=ROOT, check=True, timeout=30)
    said, _ = listener.communicate(timeout=40)
    found = json.loads(said)
    return Heard([f[0] for f in found], [f[1] * 1_000 for f in found], [f[2] for f in found])


def shaped(links: Network, up: Shape) -> None:
    links.reshape("crew", Profile(up, Shape(), "of a test"))


def test_the_delay_is_the_one_asked_for_within_three_milliseconds(links: Network) -> None:
    shaped(links, Shape(delay_ms=60))

    heard = measure(links, count=200, rate=100, seconds=2.5)

    assert heard.numbers == list(range(200))
    assert statistics.median(heard.ways_ms) == pytest.approx(60, abs=3)
    assert statistics.quantiles(heard.ways_ms, n=4)[-1] < 60 + 15


def test_the_loss_is_the_one_asked_for_within_a_quarter(links: Network) -> None:
    shaped(links, Shape(bursts=bursts(0.1, length=2)))

    heard = measure(links, count=6_000, rate=2_000, seconds=3.5)

    assert 1 - len(heard.numbers) / 6_000 == pytest.approx(0.1, rel=0.25)


def test_the_rate_is_the_one_asked_for_within_three_percent(links: Network) -> None:
    shaped(links, Shape(rate_bps=500_000, queue_ms=200))

    heard = measure(links, count=600, rate=200, size=972, seconds=3.5)
    bits = (len(heard.numbers) - 1) * (972 + HEADERS) * 8

    assert bits / (heard.at[-1] - heard.at[0]) == pytest.approx(500_000, rel=0.03)
    assert statistics.quantiles(heard.ways_ms, n=10)[-1] == pytest.approx(200, abs=30)


def test_an_outage_lasts_as_long_as_planned_within_a_tenth_of_a_second(links: Network) -> None:
    shaped(links, Shape())
    links.plan(outage("crew", PLAIN, at=0.5, seconds=1.0))

    heard = measure(links, count=500, rate=200, seconds=3)
    gaps = [later - sooner for sooner, later in zip(heard.at, heard.at[1:], strict=False)]

    assert max(gaps) == pytest.approx(1.0, abs=0.1)


def test_packets_take_the_second_interface_when_the_first_goes(links: Network) -> None:
    shaped(links, Shape())
    before = links.tallies()["crew 1 up"]["delivered"]
    links.plan(hand_over("crew", at=0.5, gap=0.2))

    heard = measure(links, count=400, rate=200, seconds=3)
    gaps = [later - sooner for sooner, later in zip(heard.at, heard.at[1:], strict=False)]

    assert links.tallies()["crew 1 up"]["delivered"] - before > 100
    assert 0.15 < max(gaps) < 0.5
    links.plan([Step(0, "crew", 0, present=True), Step(0, "crew", 1, present=False)])


def test_clients_do_not_reach_each_other(links: Network) -> None:
    ping = links.command("doctor", sys.executable, "-c", CONNECT)

    assert subprocess.run(ping, check=False, timeout=10).returncode == 7


CONNECT = """
import socket, sys
with socket.socket() as sock:
    sock.settimeout(0.5)
    try:
        sock.connect(("10.213.1.2", 80))
    except (TimeoutError, OSError):
        sys.exit(7)
"""


def test_every_profile_names_its_source() -> None:
    assert {"5G", "good 4G", "bad 4G", "3G"} <= PROFILES.keys()
    assert all(profile.source for profile in PROFILES.values())


def test_nothing_is_left_behind_even_after_a_crash(tmp_path: Path) -> None:
    program = tmp_path / "crash.py"
    program.write_text(CRASH)
    crashed = subprocess.run(
        [sys.executable, str(program)], cwd=ROOT, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False,
    )  # fmt: skip
    gone = crashed.stdout.strip()
    assert gone in namespaces()

    with network() as opened:
        opened.connect("crew", PLAIN)
        mine = opened.namespace("crew")
        assert gone not in namespaces()

    assert mine not in namespaces()


CRASH = """
import os
from tests.links.network import network
from tests.links.shape import PROFILES
with network() as opened:
    opened.connect("crew", PROFILES["3G"])
    print(opened.namespace("crew"), flush=True)
    os._exit(9)
"""


def namespaces() -> str:
    return subprocess.run([IP, "netns", "list"], capture_output=True, text=True, check=True).stdout


def test_a_machine_that_cannot_is_told_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(shutil, "which", lambda _: None)

    with pytest.raises(LinksUnavailable, match=r"need root, the program ip"), network():
        pass
