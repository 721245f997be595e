"""When packets left."""

from app.signalling.media.lineestimate import Sample
from app.signalling.media.sendhistory import CAPACITY, OVERHEAD_OCTETS, SendHistory


def test_numbers_rise_by_one_and_feedback_finds_its_packets() -> None:
    history = SendHistory()
    numbers = [history.sent(100 * step, 1.0 + step) for step in range(3)]

    assert numbers == [b"\x00\x01", b"\x00\x02", b"\x00\x03"]
    assert history.reported(2, [5.0, None]) == [
        Sample(2.0, 5.0, 100 + OVERHEAD_OCTETS),
        Sample(3.0, None, 200 + OVERHEAD_OCTETS),
    ]


def test_what_was_never_sent_or_long_ago_is_left_out() -> None:
    history = SendHistory()
    for _ in range(CAPACITY + 10):
        history.sent(1, 0.0)

    assert history.reported(1, [1.0] * 9) == []
    assert len(history.reported(CAPACITY + 9, [1.0, 1.0, 1.0])) == 2


def test_numbers_wrap() -> None:
    history = SendHistory()
    for step in range(0x10001):
        last = history.sent(1, float(step))

    assert last == b"\x00\x01"
    assert [sample.sent for sample in history.reported(0xFFFF, [1.0, 1.0, 1.0])] == [
        0xFFFE,
        0xFFFF,
        0x10000,
    ]
