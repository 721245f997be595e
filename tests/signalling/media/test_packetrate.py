"""How many packets of one peer are taken, on a clock that is turned by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.signalling.limits import TokenBucket
from app.signalling.media.connection import Connection, Surroundings
from app.signalling.media.dtls import Certificate
from app.signalling.media.node import MediaNode
from app.signalling.media.packetrate import BURST_SECONDS, PACKETS_PER_SECOND, PacketRate
from app.signalling.media.publisher import Publisher
from tests.signalling.fakes import TurnedClock
from tests.signalling.media.chromium import Heard
from tests.signalling.media.fake_port import FakePort
from tests.signalling.media.packets import datagram
from tests.signalling.media.peer import offer

BURST = int(PACKETS_PER_SECOND * BURST_SECONDS)
PATH = FakePort().path()


def _connection(node: MediaNode, time: TurnedClock) -> Connection:
    """A connection on this clock, whose offer was answered."""
    certificate = Certificate()
    around = Surroundings(
        certificate=certificate,
        places=(),
        clock=lambda: time.elapsed,
        enlist=lambda _: None,
        dismiss=lambda _, __: None,
    )
    publisher = Publisher(node=around, hub=node._hub, listener=Heard())
    publisher.answer(offer(certificate.fingerprint, "sendonly"), {"0": "a1", "1": "v1"})
    return publisher.connection


def _send(connection: Connection, time: TurnedClock, packets: int) -> None:
    for _ in range(packets):
        connection.receive(datagram(1), PATH, time.elapsed)


@pytest.mark.anyio
async def test_a_flood_is_cut_to_the_rate_and_another_peer_goes_on(node: MediaNode) -> None:
    time = TurnedClock()
    flooding, other = _connection(node, time), _connection(node, time)

    for _ in range(20):
        _send(flooding, time, 1_000)
        _send(other, time, 50)
        time.turn(0.1)

    taken = BURST + PACKETS_PER_SECOND * 1.9
    assert flooding.traffic.packets_in == pytest.approx(taken, abs=2)
    assert flooding.traffic.flooding == 20_000 - flooding.traffic.packets_in
    assert (other.traffic.packets_in, other.traffic.flooding) == (1_000, 0)


@pytest.mark.anyio
async def test_below_the_rate_nothing_is_lost(node: MediaNode) -> None:
    time = TurnedClock()
    connection = _connection(node, time)

    for _ in range(50):
        _send(connection, time, int(PACKETS_PER_SECOND * 0.09))
        time.turn(0.1)

    assert connection.traffic.flooding == 0


arrivals = st.lists(
    st.tuples(st.integers(1, 60), st.sampled_from([0.0, 0.003, 0.017, 0.4, 3.0])), max_size=40
)
"""How many packets come at once, and the seconds until the next."""


@given(arrivals)
def test_it_takes_whatever_a_bucket_filled_all_the_time_takes(
    arrivals: list[tuple[int, float]],
) -> None:
    time = TurnedClock()
    rate = PacketRate(100, 0.0)
    bucket = TokenBucket(per_second=100, burst=50, monotonic=lambda: time.elapsed)
    taken = strictly = 0

    for packets, seconds in arrivals:
        taken += sum(rate.takes(time.elapsed) for _ in range(packets))
        strictly += sum(bucket.take() for _ in range(packets))
        assert taken >= strictly - 1  # their fractions of a packet differ
        time.turn(seconds)


@given(arrivals)
def test_no_stretch_of_time_brings_more_than_the_rate_and_two_bursts(
    arrivals: list[tuple[int, float]],
) -> None:
    rate, now = PacketRate(100, 0.0), 0.0
    taken: list[tuple[float, int]] = []

    for packets, seconds in arrivals:
        taken.append((now, sum(rate.takes(now) for _ in range(packets))))
        now += seconds

    for first, (began, _) in enumerate(taken):
        total = 0
        for ended, packets in taken[first:]:
            total += packets
            assert total <= 100 * (ended - began) + 2 * 50 + 1
