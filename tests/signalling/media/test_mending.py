"""What goes twice over a line that loses."""

from app.signalling.media.mending import (
    APART_SECONDS,
    BURST_OCTETS,
    LATEST_SECONDS,
    LOSSY_SECONDS,
    MOST_REPAIRS,
    Mending,
)
from tests.signalling.media.packets import packet

PLENTY = 1_000_000
END = packet(7, arrival=1.0, marker=True)


def test_a_line_is_mended_for_a_while_after_a_loss() -> None:
    mending = Mending()

    assert not mending.is_on(0.0)
    mending.asked(5.0)

    assert mending.is_on(5.0 + LOSSY_SECONDS * 0.9)
    assert not mending.is_on(5.0 + LOSSY_SECONDS)


def test_the_end_of_a_picture_goes_once_more_and_not_at_once() -> None:
    mending = Mending()

    assert mending.due(END, PLENTY, 1.0) == []
    assert mending.due(END, PLENTY, 1.0 + 1.1 * APART_SECONDS) == [END]
    assert mending.due(END, PLENTY, 1.0 + 3 * APART_SECONDS) == []


def test_the_middle_of_a_picture_shows_its_loss_by_itself() -> None:
    assert Mending().due(packet(7, arrival=1.0), PLENTY, 1.0 + 1.1 * APART_SECONDS) == []


def test_an_end_long_past_is_of_no_use() -> None:
    assert Mending().due(END, PLENTY, 1.0 + LATEST_SECONDS) == []


def test_a_repair_goes_once_more_after_a_moment() -> None:
    mending = Mending()
    repair = packet(3)
    mending.repaired(repair, 1.0)

    assert mending.due(None, PLENTY, 1.0) == []
    assert mending.due(None, PLENTY, 1.0 + 1.1 * APART_SECONDS) == [repair]
    assert mending.due(None, PLENTY, 1.0 + 3 * APART_SECONDS) == []


def test_repairs_that_waited_too_long_are_forgotten() -> None:
    mending = Mending()
    mending.repaired(packet(3), 1.0)

    assert mending.due(None, PLENTY, 1.0 + LATEST_SECONDS) == []
    assert mending.due(None, PLENTY, 1.0 + LATEST_SECONDS + APART_SECONDS) == []


def test_no_more_repairs_are_kept_than_can_be_of_use() -> None:
    mending = Mending()
    for number in range(3 * MOST_REPAIRS):
        mending.repaired(packet(number, payload=b""), 1.0)

    due = mending.due(None, PLENTY, 1.0 + 1.1 * APART_SECONDS)

    assert [each.sequence for each in due] == list(range(2 * MOST_REPAIRS, 3 * MOST_REPAIRS))


def test_copies_cost_a_quarter_of_what_is_sent_at_most() -> None:
    mending = Mending()
    sent = copied = 0
    for number in range(2_000):
        sent += 1_000
        end = packet(number, payload=bytes(1_000), arrival=float(number), marker=True)
        copied += sum(len(p.payload) for p in mending.due(end, sent, number + 1.1 * APART_SECONDS))

    assert 0.2 * sent < copied <= 0.25 * sent


def test_a_quiet_hour_saves_up_no_flood() -> None:
    mending = Mending()
    mending.due(None, PLENTY, 0.0)
    for number in range(MOST_REPAIRS):
        mending.repaired(packet(number, payload=bytes(1_000)), 1.0)

    due = mending.due(None, PLENTY, 1.0 + 1.1 * APART_SECONDS)

    assert sum(len(each.payload) for each in due) <= BURST_OCTETS


def test_another_source_has_none_of_the_ones_before() -> None:
    mending = Mending()
    mending.repaired(packet(3), 1.0)
    mending.forget()

    assert mending.due(None, PLENTY, 1.0 + 1.1 * APART_SECONDS) == []
