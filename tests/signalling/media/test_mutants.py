"""A million inputs nobody should send: none raises past its boundary, and memory stays flat."""

import pytest

from app.signalling.media import MediaNode
from tests.signalling.media import mutants

COUNTS = {
    "STUN": 300_000,
    "RTP": 300_000,
    "RTCP": 200_000,
    "frames": 100_000,
    "SDP": 100_000,
    "sdpfrag": 50_000,
}
MAX_GROWTH_BLOCKS = 5_000
"""A hundredth of a block for each; what grows with every input would be at least one."""


def test_they_are_a_million_of_every_kind() -> None:
    assert sum(COUNTS.values()) >= 1_000_000
    assert COUNTS.keys() == mutants.HEARERS.keys()


@pytest.mark.anyio
@pytest.mark.parametrize("kind", COUNTS)
async def test_nothing_raises_and_memory_stays_flat(node: MediaNode, kind: str) -> None:
    grown = mutants.run(kind, COUNTS[kind], node)

    assert grown < MAX_GROWTH_BLOCKS
