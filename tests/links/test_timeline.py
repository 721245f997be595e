"""What a drive is made of, and in which order things happen."""

from tests.links.shape import PROFILES
from tests.links.timeline import (
    JOURNEY_SECONDS,
    Step,
    drive,
    hand_over,
    in_order,
    journey,
    outage,
    up_times,
)


def test_a_drive_is_the_same_for_the_same_seed() -> None:
    assert drive("crew", seconds=180, seed=4) == drive("crew", seconds=180, seed=4)
    assert drive("crew", seconds=180, seed=4) != drive("crew", seconds=180, seed=5)


def test_a_drive_has_a_tunnel_of_five_seconds_and_ends_with_coverage() -> None:
    steps = in_order(drive("crew", seconds=180, seed=4))
    gaps, since = [], None
    for step in steps:
        assert step.profile
        if not step.profile.up.is_up:
            since = step.at_seconds
        elif since is not None:
            gaps.append(round(step.at_seconds - since, 3))
            since = None

    assert gaps.count(5.0) == 1
    assert all(gap <= 0.8 or gap == 5.0 for gap in gaps)
    assert since is None


def test_an_outage_gives_the_link_back_as_it_was() -> None:
    gone, back = outage("crew", PROFILES["3G"], at=10, seconds=2)

    assert (gone.at_seconds, back.at_seconds) == (10, 12)
    assert gone.profile == PROFILES["3G"].away()
    assert back.profile == PROFILES["3G"]


def test_a_hand_over_takes_one_interface_away_before_the_other_comes() -> None:
    gone, come = hand_over("crew", at=5, gap=0.5)

    assert (gone.link, gone.present, come.link, come.present) == (0, False, 1, True)
    assert come.at_seconds == 5.5


def test_a_journey_has_a_line_for_most_of_its_time_and_is_the_same_for_the_same_seed() -> None:
    steps = journey("crew", seed=3)
    spans = up_times(steps, client="crew", seconds=JOURNEY_SECONDS)
    gone = JOURNEY_SECONDS - sum(end - start for start, end in spans)

    assert steps == journey("crew", seed=3)
    assert 12 <= gone <= 20
    assert sum(step.present is False for step in steps) == 2
    assert {step.link for step in steps} == {0, 1}


def test_there_is_a_line_while_one_of_the_links_is_there_and_passes() -> None:
    clean = PROFILES["clean"]
    steps = [
        *outage("crew", clean, at=2, seconds=1),
        *hand_over("crew", at=5, gap=0.5),
        Step(6, "other", present=False),
    ]

    assert up_times(steps, client="crew", seconds=9) == [(0.0, 2), (3, 5), (5.5, 9)]
