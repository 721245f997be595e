"""Every message of the live stream: what happens that concerns one user. Wire shapes only.

`routers/events.py` speaks it; the shapes are here so that one AsyncAPI document holds both sockets.
"""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter

from app.signalling.messages import Message, Ping, Pong, Refresh

StreamPosition = Annotated[str, Field(max_length=64, pattern=r"^\d+\.\d+$")]


class LiveHello(Message):
    """The first message, within 5 s and 4 KiB. `resume` is the last position seen."""

    type: Literal["hello"] = "hello"
    token: Annotated[str, Field(min_length=1, max_length=3_000)]
    resume: StreamPosition | None = None


class LiveWelcome(Message):
    """Answers hello. `resumed` true: what was missed follows. False: fetch afresh what is shown.

    `position` is where the stream stands now, or stood when `resumed`.
    """

    type: Literal["welcome"] = "welcome"
    resumed: bool
    position: StreamPosition


class LiveEvent(Message):
    """Something happened: `event` names it, `id` is the record's. Fetch the record for more.

    `payload` holds ids, states and times, never anything that describes a person.
    """

    type: Literal["event"] = "event"
    position: StreamPosition
    event: str
    id: UUID
    payload: dict[str, object]


LiveClientMessage = Annotated[LiveHello | Refresh | Ping, Field(discriminator="type")]
LiveServerMessage = Annotated[LiveWelcome | LiveEvent | Pong, Field(discriminator="type")]

live_client_message: TypeAdapter[LiveClientMessage] = TypeAdapter(LiveClientMessage)
live_server_message: TypeAdapter[LiveServerMessage] = TypeAdapter(LiveServerMessage)
