"""An encoder's session over a real media node: tags, trickle, restarts."""

import asyncio
import itertools
import re
from collections.abc import AsyncIterator

import pytest

from app.signalling.media import MediaNode
from app.signalling.media.dtls import Certificate
from app.signalling.media.publisher import Publisher
from app.signalling.peers import OfferRefused
from app.signalling.whip.fragment import FragmentRefused
from app.signalling.whip.session import (
    PreconditionFailed,
    PreconditionRequired,
    Restarted,
    Session,
)
from tests.signalling.media.chromium import Heard
from tests.signalling.media.packets import datagram, vp8
from tests.signalling.media.peer import Peer, offer

AUDIO, VIDEO = 10, 20
TRACKS = {"0": "sound", "1": "picture"}
CANDIDATE = "a=candidate:1 1 udp 2130706431 192.0.2.7 40000 typ host\r\n"
NEW = "a=ice-ufrag:fresh\r\na=ice-pwd:" + "q" * 24 + "\r\n"


@pytest.fixture
async def node() -> AsyncIterator[MediaNode]:
    opened = await MediaNode.open(host="127.0.0.1", port=0)
    yield opened
    await opened.close()


@pytest.fixture
async def encoder() -> AsyncIterator[Peer]:
    made = Peer(Certificate())
    yield made
    await made.close()


class Sending:
    """A publishing connection under a session, without a room."""

    def __init__(self, publisher: Publisher) -> None:
        self.publisher = publisher
        self.candidates: list[str] = []

    def answer(self, offer_sdp: str) -> str:
        return self.publisher.answer(offer_sdp, TRACKS)

    def candidate(self, candidate: str) -> None:
        self.candidates.append(candidate)


@pytest.fixture
def sending(node: MediaNode) -> Sending:
    return Sending(node.publisher(listener=Heard()))


@pytest.fixture
def session(sending: Sending) -> Session:
    numbers = itertools.count(1)
    return Session("publish", sending, lambda: f"id{next(numbers)}")


def _credentials(sdp: str) -> list[str]:
    return re.findall(r"a=ice-(?:ufrag|pwd):(\S+)", sdp)[:2]


async def _follow(encoder: Peer, answer: str, fragment: str) -> None:
    """Another address from now on, proved with the credentials of the restart."""
    before, after = _credentials(answer), _credentials(fragment)
    assert not set(before) & set(after)
    for one, other in zip(before, after, strict=True):
        answer = answer.replace(one, other)
    encoder.take(answer)
    await encoder.move()
    await asyncio.wait_for(encoder.check(nominate=True, ufrag="fresh"), 10)


@pytest.mark.anyio
async def test_the_answer_only_receives_and_holds_all_candidates(
    session: Session, encoder: Peer
) -> None:
    answer = session.open(encoder.offer("sendonly"))

    assert answer.count("a=recvonly\r\n") == answer.count("a=rtcp-mux-only\r\n") == 2
    assert "a=group:BUNDLE 0 1\r\n" in answer
    assert "a=end-of-candidates\r\n" in answer
    assert re.fullmatch(r'"id\d+"', session.etag)


@pytest.mark.anyio
async def test_a_refused_offer_opens_nothing(session: Session, encoder: Peer) -> None:
    with pytest.raises(OfferRefused):
        session.open(encoder.offer("recvonly"))

    assert session.etag == ""


@pytest.mark.anyio
@pytest.mark.parametrize("strange", [False, True], ids=["its own", "of another ICE session"])
async def test_candidates_under_the_tag_are_taken_and_change_nothing(
    session: Session, sending: Sending, encoder: Peer, *, strange: bool
) -> None:
    session.open(encoder.offer("sendonly"))
    tag = session.etag

    assert session.patch((NEW if strange else "") + CANDIDATE, f'"other", {tag}') is None
    assert session.etag == tag
    assert len(sending.candidates) == (0 if strange else 1)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("text", "if_match", "expected"),
    [
        pytest.param(CANDIDATE, None, PreconditionRequired, id="no If-Match"),
        pytest.param(CANDIDATE, '"stale"', PreconditionFailed, id="stale"),
        pytest.param(CANDIDATE, 'W/"id1"', PreconditionFailed, id="weak"),
        pytest.param(CANDIDATE, "*", FragmentRefused, id="restart without credentials"),
        pytest.param(
            NEW.replace("fresh", "peer"), "*", FragmentRefused, id="restart with the old ones"
        ),
        pytest.param("hello", '"id1"', FragmentRefused, id="malformed"),
    ],
)
async def test_a_patch_that_is_refused_leaves_the_session_as_it_was(
    session: Session, encoder: Peer, text: str, if_match: str | None, expected: type[Exception]
) -> None:
    session.open(encoder.offer("sendonly"))
    assert session.etag == '"id1"'

    with pytest.raises(expected):
        session.patch(text, if_match)

    assert session.etag == '"id1"'
    assert session.patch(CANDIDATE, '"id1"') is None


@pytest.mark.anyio
async def test_a_restart_gives_new_credentials_under_a_new_tag_and_keeps_dtls(
    session: Session, encoder: Peer
) -> None:
    answer = session.open(encoder.offer("sendonly"))
    await encoder.connect(answer)
    old = session.etag

    restarted = session.patch(NEW, "*")

    assert isinstance(restarted, Restarted)
    assert restarted.etag == session.etag != old
    assert "a=ice-lite\r\n" in restarted.fragment
    await _follow(encoder, answer, restarted.fragment)
    assert not encoder.down.is_set()
    with pytest.raises(PreconditionFailed):
        session.patch(CANDIDATE, old)


@pytest.mark.anyio
async def test_a_viewer_gets_the_picture_before_a_restart_and_after(
    node: MediaNode, session: Session, encoder: Peer
) -> None:
    answer = session.open(encoder.offer("sendonly", (AUDIO, VIDEO)))
    await encoder.connect(answer)
    viewer = Peer(Certificate())
    subscriber = node.subscriber(listener=Heard())
    watched = subscriber.answer(viewer.offer("recvonly"))
    subscriber.select({"1": TRACKS["1"]})
    await viewer.connect(watched)

    encoder.send_rtp(datagram(1, 3_000, ssrc=VIDEO, payload=vp8(1, key=True)))
    first = await viewer.next_rtp()
    restarted = session.patch(NEW, "*")
    assert restarted is not None
    await _follow(encoder, answer, restarted.fragment)
    encoder.send_rtp(datagram(2, 6_000, ssrc=VIDEO, payload=vp8(2)))
    second = await viewer.next_rtp()
    await viewer.close()

    assert first.endswith(vp8(1, key=True))
    assert second.endswith(vp8(2))


@pytest.mark.anyio
async def test_a_restart_that_comes_again_gets_the_same_answer(
    session: Session, encoder: Peer
) -> None:
    session.open(encoder.offer("sendonly"))

    assert session.patch(NEW, "*") == session.patch(NEW, "*")


@pytest.mark.anyio
async def test_a_closed_session_answers_no_restart(
    session: Session, sending: Sending, encoder: Peer
) -> None:
    session.open(offer(encoder.certificate.fingerprint, "sendonly"))
    sending.publisher.close()

    with pytest.raises(OfferRefused):
        session.patch(NEW, "*")
