"""A hundred thousand mutated frames: nothing raises, memory stays flat, nobody else notices."""

import gc
import json
import random
import tracemalloc

from app.signalling.examples import EXAMPLES
from app.signalling.messages import (
    Join,
    Offer,
    Publish,
    PublishedTrack,
    Subscribe,
    SubscribedTrack,
)
from tests.signalling.fakes import House, Person, admission, offer

FRAMES = 100_000
SEED = 20_261_120
# Filling the sender's own log (a megabyte) is no leak; growing beyond it would be.
MAX_GROWTH_BYTES = 3_000_000

SOURCES = [
    example.model_dump_json().encode()
    for example in (
        *EXAMPLES,
        Publish(tracks=(PublishedTrack(mid="0", source="camera"),), offer=Offer(id=1, sdp=offer())),
        Subscribe(tracks=(SubscribedTrack(mid="0", track_id="id1"),), offer=Offer(id=1, sdp="v")),
    )
]
INTERESTING: list[object] = [
    None,
    True,
    0,
    -1,
    2**63,
    1e308,
    "",
    "x",
    "\0",
    "x" * 2_001,
    [],
    {},
    [[[[]]]],
    "id1",
    "camera",
]


def flip_bytes(text: bytes, chance: random.Random) -> bytes:
    mutated = bytearray(text)
    for _ in range(chance.randint(1, 4)):
        mutated[chance.randrange(len(mutated))] = chance.randrange(256)
    return bytes(mutated)


def cut(text: bytes, chance: random.Random) -> bytes:
    start, end = sorted(chance.randrange(len(text) + 1) for _ in range(2))
    return text[:start] + text[end:]


def repeat(text: bytes, chance: random.Random) -> bytes:
    start, end = sorted(chance.randrange(len(text) + 1) for _ in range(2))
    return text[:end] + text[start:end] * chance.randint(1, 20) + text[end:]


def replace_value(text: bytes, chance: random.Random) -> bytes:
    message = json.loads(text)
    message[chance.choice([*message, "extra"])] = chance.choice(INTERESTING)
    return json.dumps(message).encode()


def nest(text: bytes, chance: random.Random) -> bytes:
    depth = chance.choice([1, 200, 5_000])
    return b'{"type":' + b"[" * depth + text


def leave_whole(text: bytes, chance: random.Random) -> bytes:
    del chance
    return text


MUTATIONS = [flip_bytes, cut, repeat, replace_value, replace_value, nest, leave_whole]


def test_mutated_frames_harm_nobody() -> None:
    chance = random.Random(SEED)  # noqa: S311 (repeatable, not secret)
    house = House()
    witness = present(house)
    witness.say(Join())
    sender = present(house)
    witness.hear()
    before = 0

    tracemalloc.start()
    for number in range(FRAMES):
        house.time.turn(1.0)
        if number == FRAMES // 10:
            before = traced()
        frame = chance.choice(MUTATIONS)(chance.choice(SOURCES), chance)
        sender.say_text(frame.decode("utf-8", "replace"))
        if sender.id not in house.room.participants:  # a whole `leave` among them
            sender = present(house)
        if number % 100 == 0:
            assert all(message.type != "error" for message in witness.hear())
    growth = traced() - before
    tracemalloc.stop()

    assert growth < MAX_GROWTH_BYTES
    assert witness.socket.closed is None
    assert witness.id in house.room.participants


def present(house: House) -> Person:
    forget_past(house)
    person = house.person(admission())
    person.arrive()
    person.say(Join())
    return person


def forget_past(house: House) -> None:
    """The fakes remember everything; what grows must be the room's own."""
    house.media.publishers.clear()
    house.media.subscribers.clear()
    house.records.clear()


def traced() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def test_the_mutations_reach_beyond_the_parser() -> None:
    chance = random.Random(SEED)  # noqa: S311 (repeatable, not secret)
    house = House()
    told: set[str] = set()
    sender = present(house)

    for _ in range(3_000):
        house.time.turn(1.0)
        frame = chance.choice(MUTATIONS)(chance.choice(SOURCES), chance)
        for message in sender.say_text(frame.decode("utf-8", "replace")):
            told.add(message.code if message.type == "error" else message.type)
        if sender.id not in house.room.participants:
            sender = present(house)

    assert {"bad_json", "unknown_type", "invalid_message", "answer", "chat", "pong"} <= told
