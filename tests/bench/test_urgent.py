"""How the urgent benchmark turns its turns into figures."""

from bench.urgent import CALL_STAGES, RING_STAGES, Turn, figures


def turn(*, shown: float, sounding: float, picture: float) -> Turn:
    ring = dict.fromkeys(RING_STAGES.values(), 10.0) | {"shown": shown, "sounding": sounding}
    side = dict.fromkeys(CALL_STAGES.values(), 50.0) | {"first picture": picture}
    return Turn(ring=ring, specialist=side, crew=side | {"camera open": -300.0})


TURNS = [turn(shown=200.0, sounding=1_000.0 + n, picture=1_500.0) for n in range(20)]


def test_it_rings_once_it_is_both_shown_and_heard() -> None:
    named = {figure.figure: figure for figure in figures(TURNS)}
    rung = named["crew's tap on ask until it is shown and sounds, median"]

    assert rung.value == 1_009.0
    assert rung.met is False


def test_every_stage_is_told_and_one_past_before_the_tap_took_no_time() -> None:
    named = {figure.figure: figure.value for figure in figures(TURNS)}

    assert named["answer, crew: camera open, median"] == 0.0
    assert named["answer, specialist: camera open, median"] == 50.0
    assert len([name for name in named if name.startswith("answer, ")]) == 2 * len(CALL_STAGES)
