"""What both forwarders are asked for, and the processor time that they take."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Protocol


class Receiver(Protocol):
    """One who will receive: the room server has it offer, Janus has it answer."""

    async def offer(self) -> str:
        """An SDP offer to receive."""

    async def take_answer(self, sdp: str) -> None:
        """The answer to it."""

    async def answer(self, sdp: str) -> str:
        """The answer to somebody else's offer."""


class Forwarding(Protocol):
    """A running forwarder with one room."""

    name: str
    pid: int

    async def publish(self, offer_sdp: str) -> str:
        """The answer to the only sender's offer."""

    async def subscribe(self, receiver: Receiver) -> None:
        """Have one more receive what the sender sends."""


Started = Callable[[str, str], contextlib.AbstractAsyncContextManager[Forwarding]]
"""From the name of a namespace and the address to use in it."""


def processor_seconds(pid: int) -> float:
    """The time that all threads of a process have run, by the scheduler's nanoseconds."""
    spent = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError):  # a thread that has just ended
            spent += int((task / "schedstat").read_text("ascii").split()[0])
    return spent / 1e9


def resident_bytes(pid: int) -> int:
    """The memory of a process that is in use, in octets."""
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return pages * 4_096
