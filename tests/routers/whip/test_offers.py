"""An offer for an answer: what is taken, and what is not (RFC 9725 §4.1, §4.2 and §4.4)."""

import re

import pytest

from app.signalling.messages import MAX_SDP_CHARS
from tests.routers.whip.live import (
    FINGERPRINT,
    OFFER,
    TAG,
    Live,
)
from tests.routers.whip.service import SDP, URLS, Streaming, Vehicle
from tests.signalling.media.peer import offer

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def test_an_offer_gets_an_answer_and_a_session(service: Streaming, vehicle: Vehicle) -> None:
    """§4.2: 201 with application/sdp, Location and, by §4.3.1, a strong ETag."""
    opened = await service.publish(vehicle, OFFER)

    assert opened.status_code == 201
    assert opened.headers["Content-Type"] == "application/sdp"
    assert TAG.fullmatch(opened.headers["ETag"])
    assert opened.headers["Location"].startswith("/api/v1/whip/")


async def test_the_answer_receives_only(live: Live) -> None:
    """§4.2: the endpoint uses recvonly."""
    assert live.answer.count("a=recvonly\r\n") == 2
    assert not re.search("a=(sendonly|sendrecv|inactive)", live.answer)


async def test_an_offer_to_send_and_receive_is_answered_with_recvonly(
    service: Streaming, vehicle: Vehicle
) -> None:
    """§4.2: the client may use sendrecv."""
    opened = await service.publish(vehicle, offer(FINGERPRINT, "sendrecv"))

    assert opened.status_code == 201
    assert opened.text.count("a=recvonly\r\n") == 2


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param("hello", 400, id="§4.2 no SDP"),
        pytest.param("", 400, id="§4.2 empty"),
        pytest.param(b"v=0\r\n\xff\xfe", 400, id="§4.2 no UTF-8"),
        pytest.param(offer(FINGERPRINT, "recvonly"), 422, id="§4.2 recvonly"),
        pytest.param(offer(FINGERPRINT, "inactive"), 422, id="§4.2 inactive"),
        pytest.param(OFFER.replace("BUNDLE 0 1", "BUNDLE 0"), 422, id="§4.4.1 not all bundled"),
        pytest.param(OFFER.replace("a=rtcp-mux\r\n", "", 1), 422, id="§4.4.1 no rtcp-mux"),
        pytest.param(
            offer(FINGERPRINT, "sendonly", lines=("video", "video")), 422, id="§4.4.2 two videos"
        ),
        pytest.param(
            offer(FINGERPRINT, "sendonly", lines=("audio", "audio")), 422, id="§4.4.2 two audios"
        ),
        pytest.param(
            OFFER.replace("a=mid:0", "a=msid:a t\r\na=mid:0").replace(
                "a=mid:1", "a=msid:b t\r\na=mid:1"
            ),
            422,
            id="§4.4.2 two MediaStreams",
        ),
        pytest.param(
            OFFER.replace("VP8/90000", "AV1/90000"), 422, id="§4.4.3 one m-section cannot be taken"
        ),
        pytest.param(
            offer(FINGERPRINT, "sendonly", setup="passive"), 422, id="§4.4.4 setup passive"
        ),
        pytest.param(
            "v=0\r\n" + "a=x\r\n" * (MAX_SDP_CHARS // 5), 413, id="§5 larger than any offer"
        ),
    ],
)
async def test_what_cannot_be_taken_is_refused_and_opens_nothing(
    service: Streaming, vehicle: Vehicle, body: str | bytes, status: int
) -> None:
    before = service.connections

    refused = await service.ask_http("POST", "/api/v1/whip", vehicle.encoder, body, SDP)

    assert refused.status_code == status
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert "Location" not in refused.headers
    assert service.connections == before


@pytest.mark.parametrize("given", ["application/json", "text/plain", "", "application/sdpx"])
async def test_an_offer_of_another_type_is_refused(
    service: Streaming, vehicle: Vehicle, given: str
) -> None:
    """§4.2: 415, and RFC 9110 §15.5.16 what would be taken."""
    headers = {"Content-Type": given} if given else {}

    refused = await service.ask_http("POST", "/api/v1/whip", vehicle.encoder, OFFER, headers)

    assert refused.status_code == 415
    assert refused.headers["Accept"] == "application/sdp"


async def test_parameters_and_case_of_the_type_do_not_matter(
    service: Streaming, vehicle: Vehicle
) -> None:
    """RFC 9110 §8.3.1."""
    headers = {"Content-Type": "Application/SDP; charset=utf-8"}

    opened = await service.ask_http("POST", "/api/v1/whip", vehicle.encoder, OFFER, headers)

    assert opened.status_code == 201


async def test_the_answer_is_one_bundle_with_rtcp_inside(live: Live) -> None:
    """§4.4.1: BUNDLE, rtcp-mux and rtcp-mux-only in each m-section."""
    assert "a=group:BUNDLE 0 1\r\n" in live.answer
    assert live.answer.count("a=rtcp-mux\r\n") == live.answer.count("a=rtcp-mux-only\r\n") == 2


async def test_every_m_section_is_accepted(live: Live) -> None:
    """§4.4.3: none is refused alone."""
    assert not re.search(r"m=\w+ 0 ", live.answer)


@pytest.mark.parametrize("setup", ["actpass", "active"])
async def test_the_node_waits_for_dtls(service: Streaming, vehicle: Vehicle, setup: str) -> None:
    """§4.4.4: actpass, or active of a client that can be nothing else."""
    opened = await service.publish(vehicle, offer(FINGERPRINT, "sendonly", setup=setup))

    assert opened.text.count("a=setup:passive\r\n") == 2


async def test_the_answer_holds_all_candidates(live: Live) -> None:
    """§4.3.2: the server trickles none; it may be ICE-lite (§4.4.5)."""
    assert "a=candidate:" in live.answer
    assert "a=end-of-candidates\r\n" in live.answer
    assert "a=ice-lite\r\n" in live.answer


async def test_turn_servers_come_as_links(service: Streaming, vehicle: Vehicle) -> None:
    """§4.6: one Link for each, rel="ice-server", with credentials."""
    opened = await service.publish(vehicle, OFFER)

    links = opened.headers.get_list("Link")
    assert [link.partition(">")[0][1:] for link in links] == list(URLS)
    pattern = (
        r'; rel="ice-server"; username="\d+:\w{20}"; credential="[^"]+"; credential-type="password"'
    )
    assert all(re.fullmatch(pattern, link.partition(">")[2]) for link in links)
