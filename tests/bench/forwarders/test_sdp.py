"""What load peers read of descriptions."""

import pytest

from bench.forwarders.sdp import described, far, mids, sections

ANSWER = described(
    fingerprint="AA:BB", direction="recvonly", setup="active", mid="v", formats="100 101"
)


def test_a_peers_own_description_is_read_back() -> None:
    [section] = sections(ANSWER)

    assert (section.kind, section.mid, section.formats) == ("video", "v", "100")
    assert mids(ANSWER) == {"v": "video"}


def test_a_refused_line_is_left_out() -> None:
    assert sections(ANSWER.replace("m=video 9", "m=video 0")) == []


def test_the_first_udp_candidate_is_where_the_other_side_is() -> None:
    candidates = (
        "a=candidate:1 1 tcp 2 192.0.2.9 9 typ host tcptype passive\r\n"
        "a=candidate:2 1 udp 2 192.0.2.1 5000 typ host\r\n"
    )

    found = far(ANSWER + candidates)

    assert (found.address, found.port, found.setup) == ("192.0.2.1", 5000, "active")


def test_a_description_without_a_candidate_says_what_is_missing() -> None:
    with pytest.raises(ValueError, match="candidate"):
        far(ANSWER)
