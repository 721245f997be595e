"""Senders' clocks on the node's time."""

from app.signalling.media.senderclock import SenderClock, ntp_time

SECOND = 1 << 32


def test_the_least_delayed_report_sets_the_offset() -> None:
    clock = SenderClock()

    assert clock.to_node(100 * SECOND, 7 * SECOND) == 7 * SECOND
    assert clock.to_node(101 * SECOND, 8 * SECOND - 100) == 8 * SECOND - 100
    assert clock.to_node(102 * SECOND, 10 * SECOND) < 9 * SECOND + SECOND // 10


def test_tracks_of_one_sender_stay_in_step() -> None:
    clock = SenderClock()
    picture = clock.to_node(100 * SECOND, 7 * SECOND)

    sound = clock.to_node(100 * SECOND, 7 * SECOND + 1_000)

    assert abs(sound - picture) <= 16


def test_a_drifting_clock_is_followed() -> None:
    clock = SenderClock()
    clock.to_node(0, 0)
    for second in range(1, 600):
        on_node = clock.to_node(second * SECOND, second * SECOND + SECOND // 10)

    assert abs(on_node - second * SECOND - SECOND // 10) < SECOND // 100


def test_seconds_have_32_bits_of_fraction() -> None:
    assert ntp_time(2.5) == 5 << 31
