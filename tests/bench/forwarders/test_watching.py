"""What is made of the pictures that a viewer noted."""

from bench.forwarders.browsers import Frame, Stats
from bench.forwarders.watching import WATCH_SECONDS, seen


def stats(frozen: float = 0.0, samples: int = 0, concealed: int = 0) -> Stats:
    return Stats(
        freezes=0, frozen=frozen, samples=samples, concealed=concealed, target=0, lines=0, sent=0
    )


def test_gaps_ages_and_shares_are_those_between_the_two_readings() -> None:
    frames = [Frame(at=1_000 + 33 * turn, age=20 + turn, width=1280) for turn in range(20)]
    frames.append(Frame(at=2_000, age=90, width=1280))

    found = seen(frames, stats(1.0, 48_000, 480), stats(1.0 + WATCH_SECONDS / 10, 96_000, 960))

    assert found.age_median == 30
    assert found.longest_gap == 2_000 - (1_000 + 33 * 19)
    assert found.frozen == 0.1
    assert found.concealed == 0.01


def test_a_call_in_which_nothing_came_is_one_gap_and_all_made_up() -> None:
    found = seen([], stats(), stats())

    assert found.longest_gap == WATCH_SECONDS * 1_000
    assert found.age_p95 == WATCH_SECONDS * 1_000
    assert found.concealed == 1.0
