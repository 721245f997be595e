"""The ring of the last packets."""

from app.signalling.media.ring import MAX_AGE_SECONDS, PacketRing
from tests.signalling.media.packets import packet


def test_a_packet_is_found_by_its_number_while_it_is_young() -> None:
    ring = PacketRing(8)
    ring.put(packet(5, arrival=10.0))

    assert ring.get(5, 10.0)
    assert ring.get(6, 10.0) is None
    assert ring.get(13, 10.0) is None
    assert ring.get(5, 10.0 + MAX_AGE_SECONDS + 0.01) is None


def test_a_duplicate_is_refused() -> None:
    ring = PacketRing(8)

    assert ring.put(packet(5))
    assert not ring.put(packet(5))


def test_a_late_packet_is_taken_and_one_older_than_the_ring_is_not() -> None:
    ring = PacketRing(8)
    ring.put(packet(20))

    assert ring.put(packet(13))
    assert not ring.put(packet(12))
    assert ring.highest == 20


def test_the_oldest_give_way_and_the_numbers_wrap() -> None:
    ring = PacketRing(8)
    for sequence in range(65_530, 65_530 + 12):
        ring.put(packet(sequence))

    assert ring.highest == 5
    assert ring.get(65_533, 0.0) is None
    assert [p.sequence for p in ring.since(65_534, 0.0)] == [65_534, 65_535, 0, 1, 2, 3, 4, 5]


def test_what_is_missing_is_left_out() -> None:
    ring = PacketRing(8)
    for sequence in (1, 2, 4):
        ring.put(packet(sequence))

    assert [p.sequence for p in ring.since(1, 0.0)] == [1, 2, 4]
    assert list(ring.since(5, 0.0)) == []


def test_nothing_is_left_after_clearing() -> None:
    ring = PacketRing(8)
    ring.put(packet(5))

    ring.clear()

    assert ring.get(5, 0.0) is None
    assert ring.put(packet(60_000))
