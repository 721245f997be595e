"""WHIP over HTTP, clause by clause of RFC 9725; WHEP where the draft differs."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from urllib.parse import urlsplit

import httpx2
import pytest
from sqlalchemy import select, update

from app import encounters
from app.models import ApiClient, AuditEvent, Organization
from app.signalling.messages import MAX_SDP_CHARS
from tests.referrals.world import NOON
from tests.routers.stream_service import (
    ELSEWHERE,
    FRAGMENT,
    SDP,
    URLS,
    Streaming,
    Vehicle,
    streaming,
)
from tests.signalling.media.peer import offer

pytestmark = [pytest.mark.anyio, pytest.mark.database]

FINGERPRINT = ":".join(["AB"] * 32)
OFFER = offer(FINGERPRINT, "sendonly")
WATCHING = offer(FINGERPRINT, "recvonly")
CANDIDATES = (
    "a=ice-ufrag:peer\r\na=ice-pwd:"
    + "p" * 24
    + "\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n"
    "a=candidate:1 1 udp 2130706431 192.0.2.7 40000 typ host\r\na=end-of-candidates\r\n"
)
RESTART = "a=ice-ufrag:fresh\r\na=ice-pwd:" + "q" * 24 + "\r\n"
TICK_SECONDS = 0.05
TAG = re.compile(r'"[\x21\x23-\x7e]+"')


@pytest.fixture(scope="module")
def address(make_database: Callable[[], str]) -> str:
    return make_database()


@pytest.fixture(scope="module")
async def service(
    address: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Streaming]:
    async with streaming(address, tmp_path_factory.mktemp("service")) as opened:
        yield opened


@pytest.fixture
async def vehicle(service: Streaming) -> Vehicle:
    return await service.vehicle()


class Live:
    """A session that was opened, and requests to it."""

    def __init__(
        self, service: Streaming, device: encounters.DeviceToken, opened: httpx2.Response
    ) -> None:
        assert opened.status_code == 201, opened.text
        self.service, self.device = service, device
        self.answer, self.etag = opened.text, opened.headers["ETag"]
        self.path = opened.headers["Location"]

    async def patch(
        self, body: str | bytes, if_match: str | None, **headers: str
    ) -> httpx2.Response:
        tag = {"If-Match": if_match} if if_match is not None else {}
        return await self.service.ask_http(
            "PATCH", self.path, self.device, body, {**FRAGMENT, **tag, **headers}
        )

    async def delete(self, **headers: str) -> httpx2.Response:
        return await self.service.ask_http("DELETE", self.path, self.device, headers=headers)

    async def lives(self) -> bool:
        """Whether it still takes candidates."""
        return (await self.patch(CANDIDATES, self.etag)).status_code == 204


@pytest.fixture
async def live(service: Streaming, vehicle: Vehicle) -> Live:
    return Live(service, vehicle.encoder, await service.publish(vehicle, OFFER))


# --- §4.1 and §4.2: HTTP and the setting up of a session ------------------------------------------


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
    before = len(service.node.statistics().connections)

    refused = await service.ask_http("POST", "/api/v1/whip", vehicle.encoder, body, SDP)

    assert refused.status_code == status
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert "Location" not in refused.headers
    assert len(service.node.statistics().connections) == before


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


async def test_addresses_cannot_be_guessed_and_name_nobody(live: Live, vehicle: Vehicle) -> None:
    """§5: at least 128 random bits."""
    secret = live.path.rpartition("/")[2]

    assert re.fullmatch(r"[A-Za-z0-9_-]{32}", secret)  # 192 bits in base64
    assert vehicle.call_sign not in live.path
    assert str(vehicle.encoder.device.id) not in live.path


async def test_delete_ends_the_session(live: Live) -> None:
    """§4.2: 200, and then there is no such session."""
    assert (await live.delete()).status_code == 200

    assert (await live.delete()).status_code == 404
    assert (await live.patch(CANDIDATES, live.etag)).status_code == 404


async def test_delete_frees_the_connection(service: Streaming, live: Live) -> None:
    """§4.2: ICE and DTLS end with the session (RFC 7675 §5.2)."""
    before = len(service.node.statistics().connections)

    await live.delete()

    assert len(service.node.statistics().connections) == before - 1


async def test_delete_takes_no_notice_of_entity_tags(live: Live) -> None:
    """§4.3.1: they are ignored where no ICE session is meant."""
    assert (await live.delete(**{"If-Match": '"of another one"'})).status_code == 200


async def test_get_finds_nothing_to_read(service: Streaming, live: Live) -> None:
    """§4.1: a 2xx without content, at the endpoint and at the session."""
    for path in ("/api/v1/whip", live.path):
        found = await service.ask_http("GET", path, live.device)

        assert (found.status_code, found.content) == (204, b"")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
async def test_other_methods_at_the_endpoint_are_not_allowed(
    service: Streaming, vehicle: Vehicle, method: str
) -> None:
    """RFC 9110 §15.5.6: 405 with Allow."""
    refused = await service.ask_http(method, "/api/v1/whip", vehicle.encoder)

    assert refused.status_code == 405
    assert refused.headers["Allow"] == "GET, OPTIONS, POST"


@pytest.mark.parametrize("method", ["PUT", "POST"])
async def test_other_methods_at_a_session_are_not_allowed(live: Live, method: str) -> None:
    """RFC 9110 §15.5.6: 405 with Allow."""
    refused = await live.service.ask_http(method, live.path, live.device)

    assert refused.status_code == 405
    assert refused.headers["Allow"] == "DELETE, GET, OPTIONS, PATCH"


async def test_options_say_what_may_be_posted(service: Streaming) -> None:
    """§4.2: Accept-Post."""
    asked = await service.ask_http("OPTIONS", "/api/v1/whip", None)

    assert asked.status_code == 200
    assert asked.headers["Accept-Post"] == "application/sdp"


async def test_options_say_what_may_be_patched(live: Live) -> None:
    """RFC 5789 §3.1: Accept-Patch."""
    asked = await live.service.ask_http("OPTIONS", live.path, None)

    assert asked.status_code == 200
    assert asked.headers["Accept-Patch"] == "application/trickle-ice-sdpfrag"


# --- §4.2: browsers -------------------------------------------------------------------------------


async def test_a_page_of_an_allowed_origin_may_ask(service: Streaming) -> None:
    """§4.2: CORS preflight (Fetch), without a token and without TURN credentials (§4.6)."""
    preflight = {
        "Origin": ELSEWHERE,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }

    asked = await service.ask_http("OPTIONS", "/api/v1/whip", None, headers=preflight)

    assert asked.status_code == 200
    assert asked.headers["Access-Control-Allow-Origin"] == ELSEWHERE
    assert "PATCH" in asked.headers["Access-Control-Allow-Methods"]
    assert "If-Match" in asked.headers["Access-Control-Allow-Headers"]
    assert "Link" not in asked.headers


async def test_its_script_may_read_what_it_needs(service: Streaming, vehicle: Vehicle) -> None:
    """§4.2: Location, ETag and Link are exposed; no cookie is ever let through."""
    headers = {**SDP, "Origin": ELSEWHERE, "Sec-Fetch-Site": "cross-site"}

    opened = await service.ask_http("POST", "/api/v1/whip", vehicle.encoder, OFFER, headers)

    assert opened.status_code == 201
    assert opened.headers["Access-Control-Allow-Origin"] == ELSEWHERE
    assert opened.headers["Access-Control-Expose-Headers"] == "ETag, Link, Location"
    assert "Access-Control-Allow-Credentials" not in opened.headers
    assert "Origin" in opened.headers["Vary"]


async def test_its_script_may_read_why_it_was_refused(service: Streaming) -> None:
    """§4.2 and Fetch: a refusal without the header could not be told from a lost line."""
    refused = await service.ask_http(
        "POST", "/api/v1/whip", None, OFFER, {**SDP, "Origin": ELSEWHERE}
    )

    assert refused.status_code == 401
    assert refused.headers["Access-Control-Allow-Origin"] == ELSEWHERE


async def test_a_page_of_any_other_origin_may_not(service: Streaming, vehicle: Vehicle) -> None:
    """§4.2: the service's own policy says which origins."""
    headers = {**SDP, "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}

    refused = await service.ask_http("POST", "/api/v1/whip", vehicle.encoder, OFFER, headers)

    assert refused.status_code == 403
    assert "Access-Control-Allow-Origin" not in refused.headers


async def test_nothing_else_is_open_to_other_origins(service: Streaming) -> None:
    """§4.2 is about these addresses alone."""
    asked = await service.http.get("/health/live", headers={"Origin": ELSEWHERE})

    assert "Access-Control-Allow-Origin" not in asked.headers


# --- §4.3: ICE ------------------------------------------------------------------------------------


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
    """§4.3.1: late requests of the ICE session before are told apart."""
    restarted = await live.patch(RESTART, "*")

    assert (await live.patch(CANDIDATES, live.etag)).status_code == 412
    late = CANDIDATES.replace("ufrag:peer", "ufrag:fresh")
    assert (await live.patch(late, restarted.headers["ETag"])).status_code == 204


async def test_a_restart_whose_answer_was_lost_gets_it_again(live: Live) -> None:
    """§4.3.3: requests may be repeated and overlap."""
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


# --- §4.4: constraints of WebRTC ------------------------------------------------------------------


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


# --- §4.6 and §4.7: servers and tokens ------------------------------------------------------------


async def test_turn_servers_come_as_links(service: Streaming, vehicle: Vehicle) -> None:
    """§4.6: one Link for each, rel="ice-server", with credentials."""
    opened = await service.publish(vehicle, OFFER)

    links = opened.headers.get_list("Link")
    assert [link.partition(">")[0][1:] for link in links] == list(URLS)
    pattern = (
        r'; rel="ice-server"; username="\d+:\w{20}"; credential="[^"]+"; credential-type="password"'
    )
    assert all(re.fullmatch(pattern, link.partition(">")[2]) for link in links)


async def test_no_token_is_no_entry(service: Streaming, live: Live) -> None:
    """§4.7.1 and RFC 6750 §3: 401 with WWW-Authenticate, at the endpoint and at a session."""
    for method, path in (("POST", "/api/v1/whip"), ("PATCH", live.path), ("DELETE", live.path)):
        refused = await service.ask_http(method, path, None, OFFER, SDP)

        assert refused.status_code == 401
        assert refused.headers["WWW-Authenticate"] == "Bearer"
    assert await live.lives()


@pytest.mark.parametrize("token", ["nonsense", "a.b", "", "Ж.x"])
async def test_a_token_of_nobody_is_no_entry(service: Streaming, token: str) -> None:
    """RFC 6750 §3.1: invalid_token."""
    named = [(name.encode(), value.encode()) for name, value in SDP.items()]
    headers = [*named, (b"Authorization", f"Bearer {token}".encode())]

    refused = await service.http.post("/api/v1/whip", content=OFFER, headers=headers)

    assert refused.status_code == 401
    assert "invalid_token" in refused.headers["WWW-Authenticate"]


async def test_a_screens_token_does_not_publish_nor_an_encoders_watch(
    service: Streaming, vehicle: Vehicle
) -> None:
    """RFC 6750 §3.1: insufficient_scope is 403."""
    publishes = await service.ask_http("POST", "/api/v1/whip", vehicle.screen, OFFER, SDP)
    watches = await service.ask_http("POST", "/api/v1/whep", vehicle.encoder, WATCHING, SDP)

    assert (publishes.status_code, watches.status_code) == (403, 403)


async def test_a_session_is_nobodys_but_its_devices(service: Streaming, live: Live) -> None:
    """§5: who has the address and another token finds nothing."""
    other = await service.vehicle()

    for method in ("PATCH", "DELETE"):
        headers = {**FRAGMENT, "If-Match": live.etag}
        refused = await service.ask_http(method, live.path, other.encoder, CANDIDATES, headers)

        assert refused.status_code == 404
    assert await live.lives()


async def test_only_a_digest_of_the_token_is_kept(service: Streaming, vehicle: Vehicle) -> None:
    """§4.7: what is stored opens nothing."""
    client_id, _, secret = vehicle.encoder.token.partition(".")
    async with service.region.acting(service.region.crew) as session:
        kept = await session.scalar(select(ApiClient).where(ApiClient.client_id == client_id))

    assert kept
    assert len(kept.secret_digest) == 32
    assert secret.encode() not in kept.secret_digest


async def test_a_session_address_is_final(live: Live) -> None:
    """§4.5: it needs no redirection, and is of this very host."""
    assert not urlsplit(live.path).netloc


async def test_offers_without_end_are_slowed_down(service: Streaming, vehicle: Vehicle) -> None:
    """§5: POSTs are limited, with Retry-After; what is live goes on."""
    live = Live(service, vehicle.encoder, await service.publish(vehicle, OFFER))
    for _ in range(12):
        answer = await service.publish(vehicle, OFFER)
        if answer.status_code == 201:
            live = Live(service, vehicle.encoder, answer)

    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "1"
    assert await live.lives()


# --- one session each, and where it belongs -------------------------------------------------------


async def test_a_new_session_takes_the_place_of_the_one_before(
    service: Streaming, vehicle: Vehicle
) -> None:
    """§4.2 leaves it open: an encoder that was switched off and on must not wait for 30 s."""
    first = Live(service, vehicle.encoder, await service.publish(vehicle, OFFER))
    second = Live(
        service,
        vehicle.encoder,
        await service.publish(vehicle, OFFER.replace("o=- 1 ", "o=- 7 ")),
    )

    assert not await first.lives()
    assert await second.lives()


async def test_an_offer_that_is_refused_replaces_nothing(
    service: Streaming, live: Live, vehicle: Vehicle
) -> None:
    """§4.4.3: nothing is done in part."""
    refused = await service.publish(vehicle, offer(FINGERPRINT, "recvonly"))

    assert refused.status_code == 422
    assert await live.lives()


async def test_without_a_consultation_there_is_nothing_to_publish_into(service: Streaming) -> None:
    """409 with Retry-After, as draft-ietf-wish-whep-03 §4.2 has it for those who come too early."""
    device = await service.device("encoder", "Camera of nobody", "Z99")

    before = await service.ask_http("POST", "/api/v1/whip", device, OFFER, SDP)
    await service.ask("Z99")
    ringing = await service.ask_http("POST", "/api/v1/whip", device, OFFER, SDP)

    assert (before.status_code, ringing.status_code) == (409, 409)
    assert before.headers["Retry-After"] == "5"


async def test_with_two_requests_nobody_guesses_and_the_address_names_one(
    service: Streaming, vehicle: Vehicle
) -> None:
    await service.ask(vehicle.call_sign)

    guessed = await service.publish(vehicle, OFFER)
    named = await service.ask_http(
        "POST", f"/api/v1/whip/{vehicle.encounter_id}", vehicle.encoder, OFFER, SDP
    )

    assert guessed.status_code == 409
    assert named.status_code == 201
    assert f"/whip/{vehicle.encounter_id}/sessions/" in named.headers["Location"]


async def test_in_another_consultation_the_session_before_is_over(
    service: Streaming, live: Live, vehicle: Vehicle
) -> None:
    """One live session each, in whichever room it is: a vehicle has one patient at a time."""
    elsewhere = await service.answered(await service.ask(vehicle.call_sign))

    moved = await service.ask_http("POST", f"/api/v1/whip/{elsewhere}", vehicle.encoder, OFFER, SDP)

    assert not await live.lives()
    assert await Live(service, vehicle.encoder, moved).lives()


async def test_another_vehicles_consultation_is_not_there(
    service: Streaming, vehicle: Vehicle
) -> None:
    other = await service.vehicle()
    path = f"/api/v1/whip/{other.encounter_id}"

    refused = await service.ask_http("POST", path, vehicle.encoder, OFFER, SDP)

    assert refused.status_code == 404


async def test_an_encoder_alone_begins_no_consultation(
    service: Streaming, live: Live, vehicle: Vehicle
) -> None:
    """A camera is nobody who seeks care."""
    assert await live.lives()
    assert await service.status(vehicle) == "planned"


async def test_calls_over_relays_alone_take_no_device(service: Streaming, vehicle: Vehicle) -> None:
    """A policy of an organisation that nothing holds an encoder to."""
    house = service.region.crew.organization_id
    async with service.region.acting(service.region.crew) as session:
        change = update(Organization).where(Organization.id == house)
        await session.execute(change.values(relay_only=True))
    refused = await service.publish(vehicle, OFFER)
    async with service.region.acting(service.region.crew) as session:
        await session.execute(change.values(relay_only=False))

    assert refused.status_code == 403


async def test_it_is_on_record_who_came_and_when(
    service: Streaming, live: Live, vehicle: Vehicle
) -> None:
    """Opening, start and stop, under the device's own name."""
    await live.delete()
    wanted = {
        "open Encounter as encoder",
        "start publishing to Encounter",
        "stop publishing to Encounter",
    }

    assert await recorded(service, vehicle, wanted) >= wanted


async def recorded(service: Streaming, vehicle: Vehicle, wanted: set[str]) -> set[str]:
    """What the audit says of the consultation, once all that is wanted stands there."""
    found: set[str] = set()
    for _ in range(200):
        for person in (service.region.crew, service.region.shah):  # each house has its own
            async with service.region.acting(person) as session:
                events = await session.scalars(
                    select(AuditEvent).where(AuditEvent.encounter_id == vehicle.encounter_id)
                )
                found |= {event.what for event in events}
        if found >= wanted:
            break
        await asyncio.sleep(TICK_SECONDS)
    return found


async def test_a_token_that_was_revoked_opens_nothing_and_ends_what_it_opened(
    service: Streaming, live: Live, vehicle: Vehicle
) -> None:
    """§4.7: the administrator's word holds at once, for the session too."""
    before = len(service.node.statistics().connections)
    device = vehicle.encoder.device
    async with service.region.acting(service.region.crew) as session:
        await encounters.revoke_device(session, device.id, version=device.version, now=NOON)

    assert (await service.publish(vehicle, OFFER)).status_code == 401
    assert (await live.patch(CANDIDATES, live.etag)).status_code == 401
    assert await fewer_connections(service, than=before)


async def fewer_connections(service: Streaming, *, than: int) -> bool:
    """Events reach the rooms within moments."""
    for _ in range(200):
        if len(service.node.statistics().connections) < than:
            return True
        await asyncio.sleep(TICK_SECONDS)
    return False


async def test_the_end_of_the_consultation_is_the_end_of_the_session(
    service: Streaming, live: Live, vehicle: Vehicle
) -> None:
    """§4.2: the server may end it; then there is no such session, and no consultation."""
    before = len(service.node.statistics().connections)
    await service.close(vehicle)

    assert await fewer_connections(service, than=before)
    assert (await live.patch(CANDIDATES, live.etag)).status_code == 404
    assert (await service.publish(vehicle, OFFER)).status_code == 409


# --- WHEP ----------------------------------------------------------------------------------------


async def test_a_screen_gets_an_answer_that_only_sends(
    service: Streaming, vehicle: Vehicle
) -> None:
    """draft-ietf-wish-whep-03 §4.2: 201, Location, ETag; sendonly; rtcp-mux-only by §4.4.1."""
    opened = await service.watch(vehicle, WATCHING)

    assert opened.status_code == 201
    assert opened.text.count("a=sendonly\r\n") == 2
    assert opened.text.count("a=rtcp-mux-only\r\n") == 2
    assert opened.headers["Location"].startswith("/api/v1/whep/")
    assert TAG.fullmatch(opened.headers["ETag"])


@pytest.mark.parametrize("direction", ["sendonly", "inactive"])
async def test_a_screen_that_sends_is_refused(
    service: Streaming, vehicle: Vehicle, direction: str
) -> None:
    """draft-ietf-wish-whep-03 §4.2: a player does not use these."""
    assert (await service.watch(vehicle, offer(FINGERPRINT, direction))).status_code == 422


async def test_a_screens_session_is_patched_and_deleted_like_an_encoders(
    service: Streaming, vehicle: Vehicle
) -> None:
    """draft-ietf-wish-whep-03 §4.3 and §4.4."""
    live = Live(service, vehicle.screen, await service.watch(vehicle, WATCHING))

    assert (await live.patch(CANDIDATES, None)).status_code == 428
    assert await live.lives()
    assert (await live.patch(RESTART, "*")).status_code == 200
    assert not await live.lives()
    assert (await live.delete()).status_code == 200


async def test_a_screen_waits_to_be_let_in(service: Streaming, vehicle: Vehicle) -> None:
    """Nobody is watched who has not agreed to it: those inside see the screen and open the door."""
    await service.watch(vehicle, WATCHING)
    wanted = {"open Encounter as screen", "wait for Encounter"}

    assert await recorded(service, vehicle, wanted) >= wanted
    async with service.region.acting(service.region.shah) as session:
        people = await encounters.read_participants(session, vehicle.encounter_id)
    screen = next(person for person in people if person.device_id)
    assert screen.display_name == (
        f"Screen for {vehicle.call_sign} (screen watching {vehicle.call_sign})"
    )
    assert (screen.role, screen.admitted_at) == ("guest", None)
