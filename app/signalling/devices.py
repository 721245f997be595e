"""Every message of the device feed: what patient monitors send. Wire shapes only.

`routers/device_feed.py` speaks it; the shapes are here so that one AsyncAPI document holds all
sockets. docs/device-feed.md tells it as a story.
"""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter

from app.signalling.messages import Message, Ping, Pong, Refresh

MOST_READINGS = 100
"""In one message."""
MOST_UNACKNOWLEDGED = 16
"""Messages on their way. More are not read until one of them is stored."""


class FeedHello(Message):
    """The first message, within 5 s and 4 KiB, with an access token of scope `device-feed`."""

    type: Literal["hello"] = "hello"
    token: Annotated[str, Field(min_length=1, max_length=3_000)]


class FeedReadings(Message):
    """Readings to store. `seq` is the device's own and comes back with the answer.

    Each of `readings` is an object as POST …/observations/batch takes it, read on its own: `id`
    (the device's own), `code`, `value` or `text_value`, `unit`, `taken_at`.
    """

    type: Literal["readings"] = "readings"
    seq: Annotated[int, Field(strict=True, ge=0, le=2**53 - 1)]
    readings: Annotated[list[object], Field(min_length=1, max_length=MOST_READINGS)]


class FeedWelcome(Message):
    """Answers hello. `server_time` is ours: set the clock by it, or send times corrected by it.

    `linked` says whether the monitor measures somebody just now; until it does, readings are
    refused as `not-linked`.
    """

    type: Literal["welcome"] = "welcome"
    monitor: str
    call_sign: str
    linked: bool
    server_time: datetime
    most_readings: int = MOST_READINGS
    most_unacknowledged: int = MOST_UNACKNOWLEDGED


class FeedRefusal(Message):
    """One reading that was not stored. `id` is null where it could not be read."""

    id: UUID | None
    problem: Literal["unreadable", "invalid", "not-linked", "duplicate", "revoked", "fault"]
    detail: str


class FeedStored(Message):
    """All readings of `seq` are dealt with, and what is stored is committed: forget them.

    `stored` are new, `known` were stored before, `refused` are named with the reason.
    """

    type: Literal["stored"] = "stored"
    seq: int
    stored: int
    known: int
    refused: list[FeedRefusal]
    linked: bool


class FeedProblem(Message):
    """A message that could not be read at all. The connection goes on."""

    type: Literal["problem"] = "problem"
    detail: str


FeedClientMessage = Annotated[
    FeedHello | FeedReadings | Refresh | Ping, Field(discriminator="type")
]
FeedServerMessage = Annotated[
    FeedWelcome | FeedStored | FeedProblem | Pong, Field(discriminator="type")
]

feed_client_message: TypeAdapter[FeedClientMessage] = TypeAdapter(FeedClientMessage)
feed_server_message: TypeAdapter[FeedServerMessage] = TypeAdapter(FeedServerMessage)
