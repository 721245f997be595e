"""How the join benchmark turns its runs into figures."""

from bench.join import Turn, figures

TURNS = [
    Turn(floor=200.0 + n, clinician=400.0 + n, patient=500.0 + n, sign_in=90.0) for n in range(20)
]


def test_joins_stand_beside_the_floor_of_the_same_run() -> None:
    median = {figure.figure: figure for figure in figures(TURNS)}
    clinician = median["clinician's click on join to first remote picture, median"]
    patient = median["patient's click on join to first remote picture, median"]

    assert clinician.peer == 209.0
    assert clinician.goal == 1.5 * 209.0 + 150.0
    assert clinician.met is True
    assert patient.met is False


def test_every_figure_tells_how_many_runs_it_stands_on() -> None:
    assert {figure.runs for figure in figures(TURNS)} == {20}
