"""One way of a link does what its shape says, in virtual time."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.links.lane import Lane
from tests.links.shape import PROFILES, Bursts, Shape, bursts

PACKET = bytes(1_250)
"""10,000 bits."""


def arrivals(lane: Lane, sent: list[float], *, until: float = 1_000.0) -> list[float]:
    """When each packet that came had come, by watching at the moments the lane names."""
    found: list[float] = []
    waiting = list(sent)
    while True:
        at = min(lane.next_event(), waiting[0] if waiting else math.inf)
        if at > until:
            return found
        found += [at for _ in lane.due(at)]
        if waiting and waiting[0] <= at:
            lane.offer(PACKET, waiting.pop(0))


def test_a_packet_comes_after_the_delay() -> None:
    assert arrivals(Lane(Shape(delay_ms=40), 1), [1.0]) == pytest.approx([1.04])


def test_packets_leave_at_the_rate_and_wait_for_each_other() -> None:
    lane = Lane(Shape(rate_bps=100_000, queue_ms=1_000), 1)

    assert arrivals(lane, [0.0, 0.0, 0.0]) == pytest.approx([0.1, 0.2, 0.3])


def test_what_does_not_fit_the_queue_is_dropped_at_the_tail() -> None:
    lane = Lane(Shape(rate_bps=100_000, queue_ms=400), 1)

    found = arrivals(lane, [0.0] * 10)

    assert (len(found), lane.tally.overflowed) == (4, 6)


def test_a_thin_link_still_carries_two_packets() -> None:
    assert len(arrivals(Lane(Shape(rate_bps=1_000, queue_ms=1), 1), [0.0] * 5)) == 2


def test_a_new_rate_holds_for_what_already_waits() -> None:
    lane = Lane(Shape(rate_bps=100_000, queue_ms=1_000), 1)
    for _ in range(3):
        lane.offer(PACKET, 0.0)

    lane.reshape(Shape(rate_bps=1_000_000, queue_ms=1_000), 0.05)

    assert arrivals(lane, []) == pytest.approx([0.055, 0.065, 0.075])


def test_without_coverage_nothing_comes_and_what_waited_is_gone() -> None:
    lane = Lane(Shape(delay_ms=50), 1)
    lane.offer(PACKET, 0.0)

    lane.reshape(Shape(is_up=False), 0.01)
    lane.offer(PACKET, 0.02)
    lane.reshape(Shape(delay_ms=50), 0.03)

    assert arrivals(lane, [0.04]) == pytest.approx([0.09])
    assert lane.tally.lost == 2


def test_a_firewall_keeps_udp_and_lets_tcp_through() -> None:
    lane = Lane(Shape(passes_udp=False), 1)
    udp, tcp = (bytes(9) + bytes([protocol]) + bytes(30) for protocol in (17, 6))

    for packet in (udp, tcp, udp):
        lane.offer(packet, 0.0)

    assert list(lane.due(1.0)) == [tcp]
    assert lane.tally.lost == 2


def test_the_same_seed_gives_the_same_link() -> None:
    sent = [number * 0.01 for number in range(500)]
    shape = PROFILES["3G"].up

    assert arrivals(Lane(shape, 3), sent) == arrivals(Lane(shape, 3), sent)
    assert arrivals(Lane(shape, 3), sent) != arrivals(Lane(shape, 4), sent)


def test_jitter_has_the_deviation_asked_for_and_lets_nothing_overtake() -> None:
    lane = Lane(Shape(delay_ms=100, jitter_ms=15), 1)
    sent = [number * 0.02 for number in range(20_000)]

    found = arrivals(lane, sent)
    delays = [come - went for come, went in zip(found, sent, strict=True)]
    mean = sum(delays) / len(delays)
    deviation = math.sqrt(sum((delay - mean) ** 2 for delay in delays) / len(delays))

    assert mean == pytest.approx(0.1, rel=0.1)
    assert deviation == pytest.approx(0.015, rel=0.15)
    assert found == sorted(found)


@pytest.mark.parametrize("share", [0.01, 0.05, 0.2])
@pytest.mark.parametrize("length", [1.5, 3.0, 8.0])
def test_losses_are_as_many_and_as_bursty_as_asked(share: float, length: float) -> None:
    lane = Lane(Shape(bursts=bursts(share, length=length)), 5)
    came = []
    for number in range(100_000):
        lane.offer(PACKET, float(number))
        came.append(len(list(lane.due(float(number)))) == 1)

    runs = "".join(".x"[not ok] for ok in came).split(".")
    bad = [len(run) for run in runs if run]

    assert sum(bad) / len(came) == pytest.approx(share, rel=0.15)
    assert sum(bad) / len(bad) == pytest.approx(length, rel=0.15)


def test_the_mean_of_bursts_counts_both_states() -> None:
    assert Bursts(0.1, 0.3, lost_in_bad=0.5, lost_in_good=0.1).mean_loss == pytest.approx(0.2)
    assert bursts(0.07).mean_loss == pytest.approx(0.07)
    assert Bursts().mean_loss == 0.0


SHAPES = st.builds(
    Shape,
    delay_ms=st.floats(0, 300),
    jitter_ms=st.floats(0, 60),
    bursts=st.builds(bursts, st.floats(0, 0.5)),
    rate_bps=st.one_of(st.none(), st.floats(20_000, 5e6)),
    queue_ms=st.floats(1, 1_000),
    is_up=st.booleans(),
)
MOVES = st.lists(st.tuples(st.floats(0, 0.2), st.one_of(st.integers(1, 30), SHAPES)), max_size=40)


@given(SHAPES, MOVES, st.integers(0, 1_000))
def test_every_packet_comes_once_in_order_or_is_counted(
    shape: Shape, moves: list[tuple[float, int | Shape]], seed: int
) -> None:
    lane, now, offered = Lane(shape, seed), 0.0, 0
    came: list[int] = []
    for wait, move in moves:
        now += wait
        came += [int.from_bytes(packet) for packet in lane.due(now)]
        if isinstance(move, Shape):
            lane.reshape(move, now)
            continue
        for _ in range(move):
            lane.offer(offered.to_bytes(600), now)
            offered += 1
    came += [int.from_bytes(packet) for packet in lane.due(now + 1e6)]

    tally = lane.tally
    assert came == sorted(set(came))
    assert tally.offered == offered == tally.lost + tally.overflowed + tally.delivered
    assert lane.next_event() == math.inf


def test_a_firewall_swallows_tcp_and_nothing_else() -> None:
    lane = Lane(Shape(passes_tcp=False), 1)
    tcp, udp = (bytes(9) + bytes([protocol]) + bytes(10) for protocol in (6, 17))

    for packet in (tcp, udp, tcp):
        lane.offer(packet, 0.0)

    assert list(lane.due(1.0)) == [udp]
    assert lane.tally.lost == 2
