"""Receiver reports."""

from app.signalling.media.reception import Reception
from tests.signalling.media.packets import packet


def test_losses_since_the_last_report_are_a_fraction_of_256() -> None:
    reception = Reception(90_000)
    for sequence in (1, 2, 4):
        reception.received(packet(sequence))

    first = reception.report(7, 0.0)
    reception.received(packet(5))
    second = reception.report(7, 0.0)

    assert (first.ssrc, first.fraction_lost, first.lost, first.highest) == (7, 64, 1, 4)
    assert (second.fraction_lost, second.lost) == (0, 1)


def test_the_highest_number_counts_the_wraps() -> None:
    reception = Reception(90_000)
    for sequence in (65_534, 65_535, 0, 65_533, 1):
        reception.received(packet(sequence))

    report = reception.report(7, 0.0)

    assert report.highest == 0x10001
    assert reception.expected == 4
    assert report.lost == 0


def test_jitter_is_that_of_the_standards_example() -> None:
    reception = Reception(8_000)
    reception.received(packet(1, timestamp=0, arrival=0.0))
    reception.received(packet(2, timestamp=160, arrival=0.03))

    assert abs(reception.jitter - 80 / 16) < 0.01


def test_a_retransmission_says_nothing_of_jitter() -> None:
    reception = Reception(8_000)
    reception.received(packet(1))

    reception.received(packet(2, timestamp=160, arrival=0.5)._replace(retransmitted=True))

    assert reception.jitter == 0


def test_a_jump_of_the_timestamps_is_not_jitter() -> None:
    reception = Reception(8_000)
    reception.received(packet(1))

    reception.received(packet(2, timestamp=1_000_000))

    assert reception.jitter == 0


def test_the_last_sender_report_goes_back_with_its_age() -> None:
    reception = Reception(90_000)

    assert reception.report(7, 5.0).dlsr == 0
    reception.sender_reported(0x1111_2222_3333_4444, 5.0)
    block = reception.report(7, 5.5)

    assert (block.lsr, block.dlsr) == (0x2222_3333, 32_768)
    assert block.highest == 0
