"""A line's limit, learnt over the virtual lanes of the link emulator."""

import itertools

import pytest

from app.signalling.media.bandwidth import CEILING_BPS
from app.signalling.media.lineestimate import LineEstimate, Sample
from tests.links.lane import Lane
from tests.links.shape import Bursts, Shape

TICK = 0.02
FEEDBACK_TICKS = 5
PACKET_OCTETS = 1_000


class Line:
    """Sends over a lane what is wanted, or a share of what the estimate allows, and feeds back."""

    def __init__(self, shape: Shape) -> None:
        self.lane = Lane(shape, seed=3)
        self.estimate = LineEstimate()
        self.now = 0.0
        self.sent: dict[int, float] = {}
        self.arrived: dict[int, float] = {}
        self._numbers = itertools.count()
        self._reported = 0
        self._owed = 0.0
        self.limits: list[int | None] = []

    def run(self, seconds: float, *, wanted_bps: int) -> None:
        for tick in range(round(seconds / TICK)):
            self.now += TICK
            limit = self.estimate.limit_bps
            rate = wanted_bps if limit is None else min(wanted_bps, limit)
            rate = max(rate, self.estimate.probe_bps(self.now, wanted_bps))
            self._send(rate)
            for packet in self.lane.due(self.now):
                self.arrived[int.from_bytes(packet[:4])] = self.now
            if tick % FEEDBACK_TICKS == 0:
                self._feed_back()
            self.limits.append(self.estimate.limit_bps)

    def _send(self, rate: float) -> None:
        self._owed += rate * TICK / 8
        while self._owed >= PACKET_OCTETS:
            self._owed -= PACKET_OCTETS
            number = next(self._numbers)
            self.sent[number] = self.now
            self.lane.offer(number.to_bytes(4) + bytes(PACKET_OCTETS - 4), self.now)

    def _feed_back(self) -> None:
        if not self.arrived:
            return
        newest = max(self.arrived)
        numbers = range(self._reported, newest + 1)
        self._reported = max(self._reported, newest + 1)
        samples = [Sample(self.sent[n], self.arrived.get(n), PACKET_OCTETS) for n in numbers]
        if samples:
            self.estimate.feedback(samples, self.now)

    @property
    def queue_seconds(self) -> float:
        """How long what arrived last was under way."""
        newest = max(self.arrived)
        return self.arrived[newest] - self.sent[newest]


def test_a_good_line_shows_no_limit() -> None:
    line = Line(Shape(rate_bps=10e6, delay_ms=40, queue_ms=160))

    line.run(20, wanted_bps=2_000_000)

    assert set(line.limits) == {None}


def test_jitter_and_the_loss_of_a_radio_line_are_no_limit() -> None:
    lossy = Bursts(enter=0.01, leave=0.3)
    line = Line(Shape(rate_bps=10e6, delay_ms=60, jitter_ms=15, bursts=lossy, queue_ms=160))

    line.run(30, wanted_bps=1_500_000)

    assert set(line.limits) == {None}


@pytest.mark.parametrize("rate", [1_500_000, 500_000, 250_000])
def test_a_line_that_grows_thin_is_known_within_a_second_and_its_queue_drains(rate: int) -> None:
    line = Line(Shape(rate_bps=10e6, delay_ms=40, queue_ms=160))
    line.run(5, wanted_bps=2_200_000)
    line.lane.reshape(Shape(rate_bps=rate, delay_ms=40, queue_ms=800), line.now)

    line.run(1.5, wanted_bps=2_200_000)
    limit = line.estimate.limit_bps
    line.run(3.0, wanted_bps=2_200_000)

    assert limit is not None
    assert rate * 0.5 <= limit <= rate
    assert line.queue_seconds < 0.4


@pytest.mark.parametrize("thin", [500_000, 150_000])
def test_it_climbs_back_within_ten_seconds(thin: int) -> None:
    line = Line(Shape(rate_bps=10e6, delay_ms=40, queue_ms=160))
    line.run(3, wanted_bps=1_500_000)
    line.lane.reshape(Shape(rate_bps=thin, delay_ms=40, queue_ms=1_000), line.now)
    line.run(15, wanted_bps=1_500_000)
    line.lane.reshape(Shape(rate_bps=10e6, delay_ms=40, queue_ms=160), line.now)

    line.run(10, wanted_bps=1_500_000)

    limit = line.estimate.limit_bps
    assert limit is None or limit >= 1_500_000


def test_on_a_thin_line_probes_grow_rare_and_never_stand_in_the_way_of_sound() -> None:
    line = Line(Shape(rate_bps=500_000, delay_ms=40, queue_ms=1_500))
    line.run(10, wanted_bps=1_500_000)
    worst = 0.0
    for _ in range(300):
        line.run(0.1, wanted_bps=1_500_000)
        worst = max(worst, line.queue_seconds)

    assert worst < 0.6
    assert all(limit is not None and limit <= 520_000 for limit in line.limits[-1_000:])


def test_a_policer_that_drops_without_a_queue_is_a_limit_too() -> None:
    line = Line(Shape(rate_bps=600_000, delay_ms=40, queue_ms=40))

    line.run(6, wanted_bps=2_000_000)

    limit = line.estimate.limit_bps
    assert limit is not None
    assert 250_000 <= limit <= 600_000


@pytest.mark.parametrize("seconds", [0.3, 0.8, 5.0])
def test_a_gap_is_no_limit(seconds: float) -> None:
    line = Line(Shape(rate_bps=10e6, delay_ms=40, queue_ms=160))
    line.run(5, wanted_bps=1_500_000)
    line.lane.reshape(Shape(rate_bps=10e6, delay_ms=40, is_up=False), line.now)
    line.run(seconds, wanted_bps=1_500_000)
    line.lane.reshape(Shape(rate_bps=10e6, delay_ms=40, queue_ms=160), line.now)

    line.run(3, wanted_bps=1_500_000)

    assert set(line.limits) == {None}


def test_another_way_is_learnt_anew() -> None:
    line = Line(Shape(rate_bps=10e6, delay_ms=20, queue_ms=160))
    line.run(3, wanted_bps=1_500_000)
    line.lane.reshape(Shape(rate_bps=400_000, delay_ms=20, queue_ms=300), line.now)
    line.run(3, wanted_bps=1_500_000)
    thin = line.estimate.limit_bps
    line.lane.reshape(Shape(rate_bps=10e6, delay_ms=250, queue_ms=160), line.now)

    line.estimate.moved(line.now)
    line.limits.clear()
    line.run(5, wanted_bps=1_500_000)

    assert thin is not None
    assert set(line.limits) == {None}


def test_nothing_is_probed_that_nobody_needs() -> None:
    estimate = LineEstimate()
    assert estimate.probe_bps(0.0, CEILING_BPS) == 0
    estimate.limit_bps = 600_000

    assert estimate.probe_bps(10.0, 500_000) == 0
    assert estimate.probe_bps(10.0, 900_000) == 1_200_000


def test_a_clock_that_jumps_begins_anew() -> None:
    estimate = LineEstimate()
    estimate.feedback([Sample(0.0, 100.0, 1_000), Sample(0.1, 100.1, 1_000)], 0.2)
    estimate.feedback([Sample(0.3, 5_000.0, 1_000)], 0.4)

    assert estimate.received_bps == 0.0
    assert estimate.limit_bps is None
