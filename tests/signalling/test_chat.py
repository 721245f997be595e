from uuid import UUID

import pytest

from app.signalling.chat import KEPT_CHARS, KEPT_LINES, KNOWN_IDS, ChatHistory, Said
from app.signalling.messages import ChatLine
from tests.signalling.fakes import NOW


def line(number: int, *, by: int = 1, text: str = "x") -> Said:
    return Said(
        ChatLine(
            id=UUID(int=number), participant_id=UUID(int=by), name="Ann Lee", text=text, sent_at=NOW
        ),
        shown_name="Ann",
    )


@pytest.fixture
def history() -> ChatHistory:
    return ChatHistory()


def test_a_line_is_kept_once_for_each_who_says_it(history: ChatHistory) -> None:
    assert history.add(line(1))
    assert not history.add(line(1, text="again"))
    assert history.add(line(1, by=2))

    assert [kept.line.text for kept in history.since(0)] == ["x", "x"]


def test_the_latest_lines_are_kept(history: ChatHistory) -> None:
    for number in range(KEPT_LINES + 5):
        history.add(line(number))

    assert [kept.line.id.int for kept in history.since(0)] == list(range(5, KEPT_LINES + 5))


def test_long_lines_push_out_more(history: ChatHistory) -> None:
    for number in range(5):
        history.add(line(number, text="x" * (KEPT_CHARS // 2)))

    assert [kept.line.id.int for kept in history.since(0)] == [3, 4]


def test_lines_since_a_number_leave_out_those_before(history: ChatHistory) -> None:
    for number in range(KEPT_LINES + 5):
        history.add(line(number))

    assert [kept.line.id.int for kept in history.since(KEPT_LINES + 3)] == [
        KEPT_LINES + 3,
        KEPT_LINES + 4,
    ]
    assert history.since(history.count) == ()


def test_what_was_said_long_ago_is_no_longer_known(history: ChatHistory) -> None:
    for number in range(KNOWN_IDS + 1):
        history.add(line(number))

    assert not history.add(line(1))
    assert history.add(line(0))


def test_staff_and_the_others_read_different_names() -> None:
    said = line(1)

    assert said.seen_by(staff=True).name == "Ann Lee"
    assert said.seen_by(staff=False) == said.line.model_copy(update={"name": "Ann"})
