"""The ICE-lite agent, without a socket."""

from collections.abc import AsyncIterator

import pytest
from aioice import stun
from hypothesis import given
from hypothesis import strategies as st

from app.signalling.media.ice import (
    CONSENT_SECONDS,
    MAX_PATHS,
    BindingRequest,
    IceAgent,
    is_stun,
    parse_request,
)
from app.signalling.media.udp import Path, UdpPort, bind


@pytest.fixture
async def port() -> AsyncIterator[UdpPort]:
    opened = UdpPort(bind("127.0.0.1", 0), lambda _data, _path: None)
    yield opened
    opened.close()


def _path(port: UdpPort, number: int) -> Path:
    return Path(port, ("192.0.2.9", number))


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


@pytest.mark.anyio
async def test_a_genuine_request_is_answered_with_its_source(port: UdpPort) -> None:
    agent = IceAgent(remote_ufrag="peer", now=0.0)
    request = _request(agent)

    data = agent.accept(request, _path(port, 1), 1.0)

    assert data
    response = stun.parse_message(data)
    assert response.message_class == stun.Class.RESPONSE
    assert response.transaction_id == request.message.transaction_id
    assert response.attributes["XOR-MAPPED-ADDRESS"] == ("192.0.2.9", 1)
    assert response.check_message_integrity(agent.credentials.password.encode())


@pytest.mark.anyio
async def test_a_request_that_is_not_genuine_proves_nothing(port: UdpPort) -> None:
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
        assert agent.accept(forged, _path(port, 1), 1.0) is None

    assert agent.path is None
    assert agent.paths == {}


@pytest.mark.anyio
async def test_the_first_source_serves_until_one_is_nominated(port: UdpPort) -> None:
    agent = IceAgent(remote_ufrag="peer", now=0.0)

    agent.accept(_request(agent), _path(port, 1), 1.0)
    assert agent.path == _path(port, 1)
    agent.accept(_request(agent, nominate=True), _path(port, 2), 1.0)
    agent.accept(_request(agent), _path(port, 3), 1.0)
    assert agent.path == _path(port, 2)
    agent.accept(_request(agent, nominate=True), _path(port, 3), 1.0)

    assert agent.path == _path(port, 3)


@pytest.mark.anyio
async def test_paths_are_bounded_and_the_one_in_use_stays(port: UdpPort) -> None:
    agent = IceAgent(remote_ufrag="peer", now=0.0)
    agent.accept(_request(agent, nominate=True), _path(port, 1), 1.0)

    for number in range(2, 3 * MAX_PATHS):
        agent.accept(_request(agent), _path(port, number), 1.0)

    assert len(agent.paths) == MAX_PATHS
    assert _path(port, 1) in agent.paths


@pytest.mark.anyio
async def test_after_a_restart_the_old_names_hold_until_the_new_are_nominated(
    port: UdpPort,
) -> None:
    agent = IceAgent(remote_ufrag="peer", now=0.0)
    old = agent.credentials
    agent.restart("again")

    assert agent.credentials.ufrag != old.ufrag
    assert agent.ufrags == (agent.credentials.ufrag, old.ufrag)
    before = _request(agent, ufrag=old.ufrag, password=old.password, nominate=True)
    assert agent.accept(before, _path(port, 1), 1.0)
    assert agent.accept(_request(agent, remote="again", nominate=True), _path(port, 2), 2.0)

    assert old.ufrag not in agent.ufrags
    assert agent.accept(before, _path(port, 1), 3.0) is None


@pytest.mark.anyio
async def test_consent_runs_out_half_a_minute_after_the_last_request(port: UdpPort) -> None:
    agent = IceAgent(remote_ufrag="peer", now=0.0)
    agent.accept(_request(agent), _path(port, 1), 10.0)

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


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("source", "mapped"), [("2001:db8::1", "2001:db8::1"), ("::ffff:192.0.2.9", "192.0.2.9")]
)
async def test_sources_are_mapped_as_the_peer_knows_them(
    port: UdpPort, source: str, mapped: str
) -> None:
    agent = IceAgent(remote_ufrag="peer", now=0.0)
    request = _request(agent)

    data = agent.accept(request, Path(port, (source, 5, 0, 0)), 1.0)

    assert data
    assert stun.parse_message(data).attributes["XOR-MAPPED-ADDRESS"] == (mapped, 5)
