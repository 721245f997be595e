"""Fragments of encoders, and fragments nobody should send."""

import random
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.signalling.whip.fragment import (
    MAX_CANDIDATES,
    MAX_CHARS,
    Fragment,
    FragmentRefused,
    fragment_of,
    parse_fragment,
)

CANDIDATE = "1 1 udp 2130706431 192.0.2.7 40000 typ host"
TRICKLE = (
    "a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n"
    f"a=candidate:{CANDIDATE}\r\na=end-of-candidates\r\n"
)
MUTANTS = 200_000
SEED = 20_261_126


def test_credentials_candidates_and_their_end_are_read() -> None:
    expected = Fragment("EsAw", "P2uYro0UCOQ4zxjKXaWCBui1", (CANDIDATE,), is_complete=True)

    assert parse_fragment(TRICKLE) == expected
    assert parse_fragment(TRICKLE.replace("\r\n", "\n")) == expected


def test_credentials_may_stand_in_each_m_section() -> None:
    credentials, section = TRICKLE.split("m=", 1)

    assert parse_fragment(f"m={section}{credentials}m={section}{credentials}").ufrag == "EsAw"


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        pytest.param("", "neither", id="empty"),
        pytest.param("m=audio 9 RTP/AVP 0\r\na=mid:0\r\n", "neither", id="nothing in it"),
        pytest.param("hello\r\n", "letter=value", id="no SDP"),
        pytest.param("a=ice-ufrag:EsAw\r\n", "together", id="no password"),
        pytest.param("a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n", "together", id="no ufrag"),
        pytest.param(TRICKLE.replace("EsAw", "E"), "malformed", id="short ufrag"),
        pytest.param(TRICKLE.replace("P2uYro", "P"), "malformed", id="short password"),
        pytest.param(TRICKLE + "a=ice-ufrag:Other\r\n", "two values", id="two transports"),
        pytest.param(TRICKLE + "\x00", "control", id="control character"),
        pytest.param(
            f"a=candidate:{CANDIDATE}\n" * (MAX_CANDIDATES + 1), "too many", id="too many"
        ),
        pytest.param("a=" + "x" * MAX_CHARS, "longer", id="too long"),
    ],
)
def test_what_cannot_be_read_is_refused_and_says_why(text: str, detail: str) -> None:
    with pytest.raises(FragmentRefused, match=detail):
        parse_fragment(text)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(FragmentRefused):
        parse_fragment(text)


def _mutant(chance: random.Random) -> str:
    text = list(TRICKLE)
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(text))
        match chance.randrange(3):
            case 0:
                text[place] = chr(chance.choice((chance.randrange(128), chance.randrange(0x11000))))
            case 1:
                del text[place : place + chance.randint(1, 20)]
                text = text or ["\n"]
            case _:
                text[place:place] = text[: chance.randint(1, 40)]
    return "".join(text)


def test_mutated_fragments_are_read_within_the_limits_or_refused() -> None:
    chance = random.Random(SEED)  # noqa: S311 - repeatable, not secret
    read = 0
    for _ in range(MUTANTS):
        try:
            fragment = parse_fragment(_mutant(chance))
        except FragmentRefused:
            continue
        read += 1
        assert fragment.ufrag or fragment.candidates or fragment.is_complete
        assert (fragment.ufrag is None) == (fragment.password is None)
    assert 0 < read < MUTANTS


def test_a_fragment_of_an_answer_has_the_transport_and_nothing_else() -> None:
    answer = (
        "v=0\r\na=ice-lite\r\na=group:BUNDLE 0 1\r\n"
        "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=ice-ufrag:ours1234\r\n"
        "a=ice-pwd:ourpasswordourpassword12\r\na=setup:passive\r\na=mid:0\r\n"
        f"a=candidate:{CANDIDATE}\r\na=end-of-candidates\r\n"
        "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=ice-ufrag:ours1234\r\na=mid:1\r\n"
    )
    fragment = fragment_of(answer)

    assert fragment.splitlines() == [
        "a=ice-lite",
        "a=ice-ufrag:ours1234",
        "a=ice-pwd:ourpasswordourpassword12",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111",
        "a=mid:0",
        f"a=candidate:{CANDIDATE}",
        "a=end-of-candidates",
    ]
    assert parse_fragment(fragment).candidates == (CANDIDATE,)
