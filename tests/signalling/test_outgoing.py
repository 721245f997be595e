import json
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from app.signalling.messages import Position, TrackRemoved
from app.signalling.outgoing import MAX_BYTES, MAX_MESSAGES, Outgoing, encode

SOMEBODY = UUID(int=1)


def body(number: int = 0, *, padding: int = 0) -> str:
    return json.dumps({"number": number, "padding": "x" * padding})


def new_outgoing() -> Outgoing:
    epochs = iter(f"epoch{number}" for number in range(1_000_000))
    return Outgoing(lambda: next(epochs))


def taken(outgoing: Outgoing) -> list[tuple[int, int]]:
    """(seq, number) of all that is to be handed over."""
    messages = []
    while (text := outgoing.take()) is not None:
        message = json.loads(text)
        messages.append((message["seq"], message["number"]))
    return messages


def test_an_encoded_event_has_no_position_until_it_is_taken() -> None:
    outgoing = new_outgoing()

    outgoing.put(encode(TrackRemoved(track_id="t")))

    text = outgoing.take()
    assert text is not None
    assert json.loads(text) == {
        "epoch": outgoing.epoch,
        "seq": 1,
        "type": "track_removed",
        "track_id": "t",
    }


def test_messages_are_numbered_without_a_gap() -> None:
    outgoing = new_outgoing()

    for number in range(3):
        outgoing.put(body(number))

    assert taken(outgoing) == [(1, 0), (2, 1), (3, 2)]


def test_a_newer_message_of_the_same_key_replaces_the_waiting_one_at_the_end() -> None:
    outgoing = new_outgoing()

    outgoing.put(body(1), key="same")
    outgoing.put(body(2))
    outgoing.put(body(3), key="same")

    assert taken(outgoing) == [(1, 2), (2, 3)]


def test_a_resume_brings_what_was_missed_and_what_came_meanwhile() -> None:
    outgoing = new_outgoing()
    for number in range(4):
        outgoing.put(body(number))
    taken(outgoing)

    assert outgoing.resume(Position(epoch=outgoing.epoch, seq=2))
    outgoing.put(body(9))

    assert taken(outgoing) == [(3, 2), (4, 3), (5, 9)]


@pytest.mark.parametrize(
    ("epoch", "seq"),
    [("other", 1), ("same", 3), ("same", 2**60)],
    ids=["another epoch", "ahead of what was handed over", "far ahead"],
)
def test_a_position_that_is_not_in_the_log_is_not_resumed(epoch: str, seq: int) -> None:
    outgoing = new_outgoing()
    outgoing.put(body())
    outgoing.put(body())
    taken(outgoing)

    position = Position(epoch=outgoing.epoch if epoch == "same" else epoch, seq=seq)

    assert not outgoing.resume(position)


def test_a_position_older_than_the_log_is_not_resumed() -> None:
    outgoing = new_outgoing()
    for number in range(MAX_MESSAGES + 1):
        outgoing.put(body(number))
        outgoing.take()

    assert not outgoing.resume(Position(epoch=outgoing.epoch, seq=0))
    assert outgoing.resume(Position(epoch=outgoing.epoch, seq=1))


def test_too_many_waiting_messages_lose_the_log_as_a_whole() -> None:
    outgoing = new_outgoing()
    outgoing.put(body())
    outgoing.take()

    for number in range(MAX_MESSAGES + 1):
        outgoing.put(body(number))

    assert outgoing.overflowed
    assert taken(outgoing) == []
    assert not outgoing.resume(Position(epoch=outgoing.epoch, seq=1))


def test_too_many_waiting_bytes_overflow_too() -> None:
    outgoing = new_outgoing()

    outgoing.put(body(padding=MAX_BYTES))

    assert outgoing.overflowed


def test_a_restart_begins_a_new_epoch_at_nought() -> None:
    outgoing = new_outgoing()
    outgoing.put(body(padding=MAX_BYTES))
    old = outgoing.epoch

    position = outgoing.restart()
    outgoing.put(body(7))

    assert position.seq == 0
    assert position.epoch != old
    assert taken(outgoing) == [(1, 7)]


class ResumeMachine(RuleBasedStateMachine):
    """A client that loses its line at any point: never a gap, never a duplicate."""

    def __init__(self) -> None:
        super().__init__()
        self.outgoing = new_outgoing()
        self.put_since_snapshot: list[int] = []
        self.applied: list[int] = []
        self.position = Position(epoch=self.outgoing.epoch, seq=0)
        self.number = 0

    @rule(count=st.integers(1, 300), padding=st.sampled_from([0, 10, 5_000]))
    def put(self, count: int, padding: int) -> None:
        for _ in range(count):
            self.number += 1
            self.outgoing.put(body(self.number, padding=padding))
            self.put_since_snapshot.append(self.number)

    @rule(count=st.integers(1, 400), lost=st.integers(0, 20))
    def take(self, count: int, lost: int) -> None:
        """Take some; the last few never reach the client, whose line is then gone."""
        texts: list[str] = []
        while len(texts) < count and (text := self.outgoing.take()) is not None:
            texts.append(text)
        for text in texts[: len(texts) - lost]:
            self._apply(text)
        if lost:
            self.come_back()

    def _apply(self, text: str) -> None:
        message = json.loads(text)
        assert message["epoch"] == self.position.epoch
        assert message["seq"] == self.position.seq + 1
        self.position = Position(epoch=message["epoch"], seq=message["seq"])
        self.applied.append(message["number"])

    @rule()
    def come_back(self) -> None:
        if not self.outgoing.resume(self.position):
            self.position = self.outgoing.restart()
            self.put_since_snapshot, self.applied = [], []

    @precondition(lambda self: not self.outgoing.overflowed)
    @rule()
    def catch_up(self) -> None:
        while (text := self.outgoing.take()) is not None:
            self._apply(text)
        assert self.applied == self.put_since_snapshot

    @invariant()
    def applied_is_a_prefix_of_what_was_put(self) -> None:
        assert self.applied == self.put_since_snapshot[: len(self.applied)]


TestResume = ResumeMachine.TestCase
TestResume.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
