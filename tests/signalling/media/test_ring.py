"""The ring of the last packets."""

from app.signalling.media.ring import MAX_AGE_SECONDS, PacketRing
from tests.signalling.media.packets import packet


def test_a_packet_is_found_by_its_number_while_it_is_young() -> None:
    ring = PacketRing(8, 1_000_000)
    ring.put(packet(5, arrival=10.0))

    assert ring.get(5, 10.0)
    assert ring.get(6, 10.0) is None
    assert ring.get(13, 10.0) is None
    assert ring.get(5, 10.0 + MAX_AGE_SECONDS + 0.01) is None


def test_a_duplicate_is_refused() -> None:
    ring = PacketRing(8, 1_000_000)

    assert ring.put(packet(5))
    assert not ring.put(packet(5))


def test_a_late_packet_is_taken_and_one_older_than_the_ring_is_not() -> None:
    ring = PacketRing(8, 1_000_000)
    ring.put(packet(20))

    assert ring.put(packet(13))
    assert not ring.put(packet(12))
    assert ring.highest == 20


def test_the_oldest_give_way_and_the_numbers_wrap() -> None:
    ring = PacketRing(8, 1_000_000)
    for sequence in range(65_530, 65_530 + 12):
        ring.put(packet(sequence))

    assert ring.highest == 5
    assert ring.get(65_533, 0.0) is None
    assert [p.sequence for p in ring.since(65_534, 0.0)] == [65_534, 65_535, 0, 1, 2, 3, 4, 5]


def test_what_is_missing_is_left_out() -> None:
    ring = PacketRing(8, 1_000_000)
    for sequence in (1, 2, 4):
        ring.put(packet(sequence))

    assert [p.sequence for p in ring.since(1, 0.0)] == [1, 2, 4]
    assert list(ring.since(5, 0.0)) == []


def test_nothing_is_left_after_clearing() -> None:
    ring = PacketRing(8, 1_000_000)
    ring.put(packet(5))

    ring.clear()

    assert ring.get(5, 0.0) is None
    assert ring.put(packet(60_000))


def test_what_is_too_old_to_be_asked_for_takes_no_memory_but_is_still_known() -> None:
    """At 200 packets a second 2 s are 400, whatever the ring could hold."""
    ring = PacketRing(1_024, 1_000_000)
    for number in range(60_000, 64_000):
        ring.put(packet(number, arrival=number / 200))

    octets = sum(len(held.payload) for held in ring._slots if held)
    young = len(list(ring.since(63_000, 63_999 / 200)))
    assert young == 401
    assert octets <= (young + 2) * len(b"payload")
    assert octets == ring.octets
    assert not ring.put(packet(63_100, arrival=320.0))


def test_a_slow_stream_lets_go_of_everything_but_its_last_packets() -> None:
    ring = PacketRing(8, 1_000)
    for number in range(100):
        ring.put(packet(number, arrival=float(number)))

    kept = sorted(held.sequence for held in ring._slots if held and held.payload)
    assert kept == [97, 98, 99]


def test_octets_are_bounded_too_and_the_oldest_go_first() -> None:
    ring = PacketRing(64, 1_000)
    for number in range(65_530, 65_530 + 40):
        assert ring.put(packet(number, payload=bytes(100)))

    assert ring.octets == 1_000
    held = [kept.sequence for kept in ring.since(65_530, 0.0)]
    assert held == [number & 0xFFFF for number in range(65_560, 65_570)]
    ring.clear()
    assert ring.octets == 0


def test_a_jump_in_numbers_leaves_the_count_of_octets_right() -> None:
    ring = PacketRing(64, 1_000)
    for number in (1, 5, 20_000, 20_001, 45_000):
        ring.put(packet(number, payload=bytes(400)))

    assert ring.octets <= 1_000
    assert ring.get(45_000, 0.0) is not None
