"""The ICE-lite agent, without a socket."""

import pytest
from aioice import stun
from hypothesis import given
from hypothesis import strategies as st

from app.signalling.media.ice import (
    CONSENT_SECONDS,
    IN_USE_SECONDS,
    MAX_ATTRIBUTES,
    MAX_PATHS,
    SILENT_SECONDS,
    BindingRequest,
    IceAgent,
    is_stun,
    parse_request,
    wanted_ufrag,
)
from app.signalling.media.paths import Path
from tests.signalling.media.fake_port import FakePort

PORT = FakePort()


def _request(
    agent: IceAgent,
    *,
    nominate: bool = False,
    ufrag: str | None = None,
    password: str | None = None,
    remote: str = "peer",
) -> BindingRequest:
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    message.attributes["USERNAME"] = f"{ufrag or agent.credentials.ufrag}:{remote}"
    if nominate:
        message.attributes["USE-CANDIDATE"] = None
    message.add_message_integrity((password or agent.credentials.password).encode())
    request = parse_request(bytes(message))
    assert request
    return request


def test_a_genuine_request_is_answered_with_its_source() -> None:
    agent = IceAgent(remote_ufrag="peer", now=0.0)
    request = _request(agent)

    data = agent.accept(request, PORT.path(1), 1.0)

    assert data
    response = stun.parse_message(data)
    assert response.message_class == stun.Class.RESPONSE
    assert response.transaction_id == request.message.transaction_id
    assert response.attributes["XOR-MAPPED-ADDRESS"] == ("192.0.2.9", 1)
    assert response.check_message_integrity(agent.credentials.password.encode())


def test_a_request_that_is_not_genuine_proves_nothing() -> None:
    agent = IceAgent(remote_ufrag="peer", now=0.0)
    unsigned = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    unsigned.attributes["USERNAME"] = f"{agent.credentials.ufrag}:peer"
    bare = parse_request(bytes(unsigned))

    assert bare
    for forged in (
        _request(agent, password="wrong"),
        _request(agent, remote="other"),
        _request(agent, ufrag="nobody"),
        bare,
    ):
        assert agent.accept(forged, PORT.path(1), 1.0) is None

    assert agent.path is None
    assert not agent.paths


def test_the_first_source_serves_until_one_is_nominated() -> None:
    agent = IceAgent(remote_ufrag="peer", now=0.0)

    agent.accept(_request(agent), PORT.path(1), 1.0)
    assert agent.path == PORT.path(1)
    agent.accept(_request(agent, nominate=True), PORT.path(2), 1.0)
    agent.accept(_request(agent), PORT.path(3), 1.0)
    assert agent.path == PORT.path(2)
    agent.accept(_request(agent, nominate=True), PORT.path(3), 1.0)

    assert agent.path == PORT.path(3)


def test_paths_are_bounded_and_the_one_in_use_stays() -> None:
    agent = IceAgent(remote_ufrag="peer", now=0.0)
    agent.accept(_request(agent, nominate=True), PORT.path(1), 1.0)

    for number in range(2, 3 * MAX_PATHS):
        agent.accept(_request(agent), PORT.path(number), 1.0)

    assert len(agent.paths) == MAX_PATHS
    assert PORT.path(1) in agent.paths


def test_after_a_restart_the_old_names_hold_until_the_new_are_nominated() -> None:
    agent = IceAgent(remote_ufrag="peer", now=0.0)
    old = agent.credentials
    agent.restart("again")

    assert agent.credentials.ufrag != old.ufrag
    assert agent.ufrags == (agent.credentials.ufrag, old.ufrag)
    before = _request(agent, ufrag=old.ufrag, password=old.password, nominate=True)
    assert agent.accept(before, PORT.path(1), 1.0)
    assert agent.accept(_request(agent, remote="again", nominate=True), PORT.path(2), 2.0)

    assert old.ufrag not in agent.ufrags
    assert agent.accept(before, PORT.path(1), 3.0) is None


def test_consent_runs_out_half_a_minute_after_the_last_request() -> None:
    agent = IceAgent(remote_ufrag="peer", now=0.0)
    agent.accept(_request(agent), PORT.path(1), 10.0)

    assert not agent.expired(10.0 + CONSENT_SECONDS)
    assert agent.expired(10.1 + CONSENT_SECONDS)


def test_only_binding_requests_with_a_name_are_read() -> None:
    agent = IceAgent(remote_ufrag="peer", now=0.0)
    good = bytes(_request(agent).message)
    response = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE)
    nameless = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)

    assert is_stun(good)
    for data in (b"", good[:19], good[:-4], bytes(response), bytes(nameless)):
        assert parse_request(data) is None
    assert not is_stun(b"\x16" + bytes(30))
    assert not is_stun(good[:19])


@given(st.binary(max_size=60), st.integers(0, 0xFFFF), st.integers(0, 40))
def test_no_datagram_raises(data: bytes, kind: int, length: int) -> None:
    head = b"\x00\x01" + len(data).to_bytes(2, "big") + b"\x21\x12\xa4\x42" + bytes(12)
    attribute = kind.to_bytes(2, "big") + length.to_bytes(2, "big") + data
    padded = attribute + bytes(-len(attribute) % 4)

    for body in (data, padded):
        parse_request(head[:2] + len(body).to_bytes(2, "big") + head[4:] + body)


@pytest.mark.parametrize(
    ("source", "mapped"), [("2001:db8::1", "2001:db8::1"), ("::ffff:192.0.2.9", "192.0.2.9")]
)
def test_sources_are_mapped_as_the_peer_knows_them(source: str, mapped: str) -> None:
    agent = IceAgent(remote_ufrag="peer", now=0.0)
    request = _request(agent)

    data = agent.accept(request, Path(PORT, (source, 5, 0, 0)), 1.0)

    assert data
    assert stun.parse_message(data).attributes["XOR-MAPPED-ADDRESS"] == (mapped, 5)


def _agent_on(number: int, *others: int, now: float = 0.0) -> IceAgent:
    """Nominated on one path; the others are proved, in this order."""
    agent = IceAgent(remote_ufrag="peer", now=now)
    agent.accept(_request(agent, nominate=True), PORT.path(number), now)
    for other in others:
        agent.accept(_request(agent), PORT.path(other), now)
    return agent


def test_media_on_another_proved_path_is_followed_when_ours_is_silent() -> None:
    agent = _agent_on(1, 2)
    agent.heard(PORT.path(1), 5.0)

    assert not agent.heard(PORT.path(2), 5.0 + SILENT_SECONDS - 0.01)
    assert agent.path == PORT.path(1)
    assert agent.heard(PORT.path(2), 5.0 + SILENT_SECONDS)

    assert agent.path == PORT.path(2)


def test_a_straggler_from_the_path_just_left_does_not_call_us_back() -> None:
    agent = _agent_on(1, 2)
    agent.accept(_request(agent, nominate=True), PORT.path(2), 5.0)

    assert not agent.heard(PORT.path(1), 5.4)

    assert agent.path == PORT.path(2)


def test_media_from_where_nothing_was_proved_moves_nothing() -> None:
    agent = _agent_on(1)

    assert not agent.heard(PORT.path(3), 20.0)

    assert agent.path == PORT.path(1)


def test_who_sends_media_and_no_more_requests_stays() -> None:
    """As GStreamer's libnice does once it is connected."""
    agent = _agent_on(1)
    last = 3 * CONSENT_SECONDS
    for second in range(int(last) + 1):
        assert not agent.heard(PORT.path(1), float(second))
        assert not agent.lapse(float(second))
        assert not agent.expired(float(second))

    assert agent.path == PORT.path(1)
    assert agent.lapse(last + CONSENT_SECONDS + 0.1)
    assert agent.expired(last + CONSENT_SECONDS + 0.1)


def test_media_from_where_consent_has_run_out_moves_nothing() -> None:
    agent = _agent_on(1, 2)
    late = CONSENT_SECONDS + 1
    agent.accept(_request(agent), PORT.path(1), late - 10)

    assert not agent.heard(PORT.path(2), late)

    assert agent.path == PORT.path(1)


def test_a_nomination_ends_what_media_decided() -> None:
    agent = _agent_on(1, 2)
    agent.heard(PORT.path(2), 5.0)

    agent.accept(_request(agent, nominate=True), PORT.path(1), 5.1)

    assert agent.path == PORT.path(1)


def test_a_lost_path_leaves_the_one_proved_last() -> None:
    agent = _agent_on(1, 2, 3)

    assert not agent.lose(PORT.path(2), 1.0)
    assert agent.lose(PORT.path(1), 1.0)
    assert agent.path == PORT.path(3)
    assert agent.lose(PORT.path(3), 1.0)

    assert agent.path is None


def test_after_a_loss_the_first_media_decides_at_once() -> None:
    agent = _agent_on(1, 2, 3)
    agent.lose(PORT.path(1), 1.0)

    assert agent.heard(PORT.path(2), 1.0)

    assert agent.path == PORT.path(2)


def test_without_any_path_the_next_one_proved_serves() -> None:
    agent = _agent_on(1)
    agent.lose(PORT.path(1), 1.0)

    agent.accept(_request(agent), PORT.path(2), 2.0)

    assert agent.path == PORT.path(2)


def test_a_path_nobody_checks_any_more_is_left_after_half_a_minute() -> None:
    """RFC 7675 §5.1: consent is for one path, whatever the others have."""
    agent = _agent_on(1)
    agent.accept(_request(agent), PORT.path(2), CONSENT_SECONDS)

    assert not agent.lapse(CONSENT_SECONDS)
    assert agent.lapse(CONSENT_SECONDS + 0.1)

    assert agent.path == PORT.path(2)
    assert not agent.expired(CONSENT_SECONDS + 0.1)


def test_a_path_is_in_use_while_its_peer_is_heard_there() -> None:
    agent = _agent_on(1, 2)

    assert agent.is_in_use(PORT.path(1), IN_USE_SECONDS - 0.1)
    assert not agent.is_in_use(PORT.path(2), 0.0)
    agent.heard(PORT.path(1), IN_USE_SECONDS)
    assert agent.is_in_use(PORT.path(1), IN_USE_SECONDS + 1)
    assert not agent.is_in_use(PORT.path(1), 2 * IN_USE_SECONDS)


def test_the_name_is_found_without_parsing_the_rest() -> None:
    agent = IceAgent(remote_ufrag="peer", now=0.0)
    good = bytes(_request(agent, nominate=True).message)
    software = b"\x80\x22\x00\x05other\0\0\0"
    many = good[:20] + b"\x80\x22\0\0" * MAX_ATTRIBUTES + good[20:]

    assert wanted_ufrag(good) == agent.credentials.ufrag
    assert wanted_ufrag(good[:20] + software + good[20:]) == agent.credentials.ufrag
    assert wanted_ufrag(many) is None
    assert wanted_ufrag(good[:22]) is None
    assert wanted_ufrag(b"\x01\x01" + good[2:]) is None


@given(st.binary(max_size=200))
def test_looking_for_the_name_never_raises(data: bytes) -> None:
    found = wanted_ufrag(b"\x00\x01" + data)

    assert found is None or len(found) <= len(data)
