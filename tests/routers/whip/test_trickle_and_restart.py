"""Candidates and new credentials by PATCH (RFC 9725 §4.3)."""

import re

import pytest

from app.signalling.messages import MAX_SDP_CHARS
from tests.routers.whip.live import (
    CANDIDATES,
    RESTART,
    TAG,
    Live,
)

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def test_candidates_under_the_tag_are_taken(live: Live) -> None:
    """§4.3.2: 204 without content and without ETag."""
    patched = await live.patch(CANDIDATES, live.etag)

    assert (patched.status_code, patched.content) == (204, b"")
    assert "ETag" not in patched.headers


async def test_candidates_without_a_tag_are_refused(live: Live) -> None:
    """§4.3.1: 428 (RFC 6585 §3)."""
    assert (await live.patch(CANDIDATES, None)).status_code == 428
    assert await live.lives()


async def test_candidates_under_a_stale_tag_are_refused(live: Live) -> None:
    """§4.3.1: 412 (RFC 9110 §13.1.1), a weak tag too: the comparison is strong."""
    assert (await live.patch(CANDIDATES, '"stale"')).status_code == 412
    assert (await live.patch(CANDIDATES, f"W/{live.etag}")).status_code == 412
    assert await live.lives()


async def test_candidates_that_are_of_no_use_are_no_error(live: Live) -> None:
    """§4.3.2: an unsupported transport or a name nobody can resolve is dropped in silence."""
    odd = CANDIDATES.replace(
        "a=end", "a=candidate:2 1 sctp 1 no-such-name.local 9 typ host\r\na=end"
    )

    assert (await live.patch(odd, live.etag)).status_code == 204


async def test_a_restart_gives_new_credentials_under_a_new_tag(live: Live) -> None:
    """§4.3.3: 200 with a fragment, whose ice-lite is the answer's, and the new ETag."""
    restarted = await live.patch(RESTART, "*")

    assert restarted.status_code == 200
    assert restarted.headers["Content-Type"] == "application/trickle-ice-sdpfrag"
    assert TAG.fullmatch(restarted.headers["ETag"])
    assert restarted.headers["ETag"] != live.etag
    assert "a=ice-lite\r\n" in restarted.text
    assert "a=candidate:" in restarted.text
    ours = re.findall(r"a=ice-(?:ufrag|pwd):(\S+)", live.answer)
    assert not set(ours) & set(re.findall(r"a=ice-(?:ufrag|pwd):(\S+)", restarted.text))


async def test_after_a_restart_the_old_tag_is_stale(live: Live) -> None:
    """§4.3.1: the tag names the ICE session, so late requests of the one before show."""
    restarted = await live.patch(RESTART, "*")

    assert (await live.patch(CANDIDATES, live.etag)).status_code == 412
    late = CANDIDATES.replace("ufrag:peer", "ufrag:fresh")
    assert (await live.patch(late, restarted.headers["ETag"])).status_code == 204


async def test_a_restart_whose_answer_was_lost_gets_it_again(live: Live) -> None:
    """§4.3.1 and §4.3.3: requests may overlap and come out of order."""
    first, again = await live.patch(RESTART, "*"), await live.patch(RESTART, "*")

    assert (again.text, again.headers["ETag"]) == (first.text, first.headers["ETag"])


async def test_a_restart_that_fails_leaves_the_session(live: Live) -> None:
    """§4.3.3: an error, and the ICE session that there is goes on."""
    refused = await live.patch("a=candidate:1 1 udp 1 192.0.2.7 4 typ host\r\n", "*")

    assert refused.status_code == 400
    assert await live.lives()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param("hello", 400, id="§4.3.1 malformed"),
        pytest.param("", 400, id="§4.3.1 empty"),
        pytest.param("a=ice-ufrag:fresh\r\n", 400, id="RFC 8839 §5.4 half of the credentials"),
        pytest.param("a=candidate:" + "x" * MAX_SDP_CHARS, 413, id="§5 larger than any fragment"),
    ],
)
async def test_a_fragment_that_cannot_be_read_is_refused(
    live: Live, body: str, status: int
) -> None:
    assert (await live.patch(body, live.etag)).status_code == status
    assert await live.lives()


async def test_a_fragment_of_another_type_is_refused(live: Live) -> None:
    """§4.3.1: 415."""
    refused = await live.patch(CANDIDATES, live.etag, **{"Content-Type": "application/sdp"})

    assert refused.status_code == 415
    assert await live.lives()
