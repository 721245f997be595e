"""The words of the command line."""

import pytest

from app.cli.arguments import parser

CREATE = ["create-user", "jo", "--given-name", "Jo", "--family-name", "Carter", "--role", "crew"]


def test_what_is_not_said_is_left_to_the_settings() -> None:
    options = parser().parse_args(["serve"])

    assert options.host is None
    assert options.port is None
    assert options.demo is False


def test_an_ods_code_is_taken_in_small_letters_too() -> None:
    assert parser().parse_args([*CREATE, "--organization", "r9902"]).organization == "R9902"


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["fly"],
        ["serve", "--port", "many"],
        CREATE,
        [*CREATE, "--organization", "a!"],
        [*CREATE, "--organization", "R9902", "--given-name", " "],
        [*CREATE, "--organization", "R9902", "--role", "patient"],
        ["erase-key"],
        ["erase-key", "a!"],
    ],
)
def test_what_makes_no_sense_ends_with_status_2(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        parser().parse_args(words)

    assert end.value.code == 2
    assert "usage: openconsult" in capsys.readouterr().err
