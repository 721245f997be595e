"""One unbroken stream of numbers from successive sources."""

from app.signalling.media.rewriter import Rewriter
from tests.signalling.media.packets import packet


def _rewriter() -> Rewriter:
    return Rewriter(clock_rate=90_000, sequence=65_534, timestamp=0xFFFF_FFF0)


def test_the_first_source_follows_the_start_and_wraps() -> None:
    rewriter = _rewriter()
    rewriter.switch(packet(500, timestamp=7_000), now=1.0)

    assert [rewriter.sequence(500 + step) for step in range(3)] == [65_535, 0, 1]
    assert rewriter.timestamp(7_000) == 0xFFFF_FFF0
    assert rewriter.timestamp(7_000 + 0x20) == 0x10
    assert rewriter.source_sequence(0) == 501


def test_a_switch_continues_one_number_later_and_as_long_after() -> None:
    rewriter = _rewriter()
    rewriter.switch(packet(500, timestamp=7_000), now=1.0)
    rewriter.sent(510, 7_000, 1.0)

    rewriter.switch(packet(60_000, timestamp=1), now=1.5)

    assert rewriter.sequence(60_000) == rewriter.highest + 1
    assert rewriter.timestamp(1) == (0xFFFF_FFF0 + 45_000) & 0xFFFF_FFFF


def test_time_moves_on_even_when_a_switch_takes_none() -> None:
    rewriter = _rewriter()
    rewriter.switch(packet(1, timestamp=10), now=1.0)
    rewriter.sent(1, 10, 1.0)

    rewriter.switch(packet(9, timestamp=10), now=1.0)

    assert rewriter.timestamp(10) == 0xFFFF_FFF1


def test_a_packet_from_before_the_switch_does_not_belong() -> None:
    rewriter = _rewriter()
    rewriter.switch(packet(500), now=1.0)

    assert not rewriter.belongs(499)
    assert rewriter.belongs(500)


def test_a_long_stream_keeps_belonging_beyond_the_wrap() -> None:
    rewriter = _rewriter()
    rewriter.switch(packet(0), now=1.0)

    assert all(rewriter.belongs(step & 0xFFFF) for step in range(200_000))


def test_late_packets_do_not_move_the_end() -> None:
    rewriter = _rewriter()
    rewriter.switch(packet(1), now=1.0)
    rewriter.sent(5, 100, 1.0)

    late, _ = rewriter.sent(3, 50, 1.1)

    assert rewriter.highest == rewriter.sequence(5) != late
