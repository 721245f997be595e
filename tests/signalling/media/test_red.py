"""Sound that is sent twice (RFC 2198), and once to who takes it no other way."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.signalling.media.codecs import Codec
from app.signalling.media.red import MAX_BLOCKS, primary, renumbered
from app.signalling.media.rtp import Packet
from tests.signalling.media.chromium import DEADLINE_SECONDS, Call, Viewer
from tests.signalling.media.packets import red

blocks = st.lists(st.binary(max_size=1_023), max_size=4)
"""What is repeated, the oldest first. A length has 10 bits (RFC 2198 §3)."""

HEARD_PACKETS = 100
sounds = st.binary(min_size=1, max_size=300)


@given(blocks, sounds)
def test_the_sound_that_a_packet_is_of_is_found(repeated: list[bytes], sound: bytes) -> None:
    assert primary(red(repeated, sound)) == sound


@given(blocks, sounds, st.integers(0, 127), st.integers(0, 127))
def test_another_number_changes_nothing_else(
    repeated: list[bytes], sound: bytes, before: int, after: int
) -> None:
    assert renumbered(red(repeated, sound, before), after) == red(repeated, sound, after)


def test_a_packet_with_the_right_numbers_is_not_copied() -> None:
    packet = red([b"old"], b"new")

    assert renumbered(packet, 111) is packet


@given(st.binary(max_size=200), st.integers(0, 127))
def test_anything_else_is_read_as_nothing_or_within_itself(data: bytes, number: int) -> None:
    found, again = primary(data), renumbered(data, number)

    assert found is None or (found and data.endswith(found))
    assert again is None or len(again) == len(data)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\x6f", id="no sound"),
        pytest.param(b"\xef\x00\x00\x00", id="headers without end"),
        pytest.param(red([b"old"], b"")[:-1], id="cut short"),
        pytest.param(b"\xef\x00\x00\x00" * MAX_BLOCKS + b"\x6fnew", id="too many blocks"),
    ],
)
def test_what_is_no_packet_has_no_sound(data: bytes) -> None:
    assert primary(data) is None


@dataclass
class Formats:
    """A recorder that keeps the payload types of what comes."""

    seen: set[int] = field(default_factory=set)
    named: dict[int, str] = field(default_factory=dict)

    def layer(self, place: int) -> "Formats":  # noqa: ARG002 - the face
        return self

    def begins(self, codecs: Mapping[int, Codec]) -> None:
        self.named |= {payload_type: codec.name for payload_type, codec in codecs.items()}

    def packet(self, packet: Packet) -> None:
        self.seen.add(packet.payload_type)

    def clock(self, ntp: int, timestamp: int, now: float) -> None:
        """Nothing of it."""

    @property
    def codecs(self) -> set[str]:
        return {self.named[payload_type] for payload_type in self.seen}


@pytest.mark.anyio
async def test_chromium_sends_it_twice_and_who_takes_it_once_hears_as_well(call: Call) -> None:
    formats = Formats()
    call.node.record("anne-audio", formats)
    await call.publish("anne", codecs=("audio/red",))
    lines, tracks = ("audio", "video"), {"0": "anne-audio", "1": "anne-video"}
    twice = await call.watch(tracks, lines)
    once = await call.watch(tracks, lines, without=("audio/red",))

    octets = [await _octets_a_packet(viewer) for viewer in (twice, once)]

    assert formats.codecs == {"red"}
    assert octets[0] > 1.5 * octets[1]


@pytest.mark.anyio
async def test_chromium_sends_it_once_unless_its_page_says_so(call: Call) -> None:
    formats = Formats()
    call.node.record("anne-audio", formats)
    await call.publish("anne")
    viewer = await call.watch({"0": "anne-audio", "1": "anne-video"}, ("audio", "video"))

    await _octets_a_packet(viewer)

    assert formats.codecs == {"opus"}


async def _octets_a_packet(viewer: Viewer) -> float:
    """Once some seconds of it have been heard, and none of it made up."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while (found := await _sound(viewer)).get("packetsReceived", 0) < HEARD_PACKETS:
            await viewer.page.evaluate("new Promise(requestAnimationFrame)")
    assert found["totalAudioEnergy"] > 0
    assert found["packetsLost"] == 0
    return float(found["bytesReceived"] / found["packetsReceived"])


async def _sound(viewer: Viewer) -> dict[str, Any]:
    figures = await viewer.page.evaluate("figures('inbound-rtp')")
    return dict(figures.get("audio", {}))
