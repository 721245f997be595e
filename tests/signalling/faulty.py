"""`python -m tests.signalling.faulty`: the room server with faults in its UDP socket, for tests.

The faults live here and in bridge.py alone: nothing of the application knows them, so nobody can
switch them on where it is in use. Each line of JSON on standard input is one fault; each is
answered by a line `done`.
"""

import json
import socket
import sys
import threading
import time
from typing import Any

from app.signalling import process as room_server
from app.signalling.media import ports, udp

NOTHING = (b"", ("0.0.0.0", 0))


class Faults:
    """What is wrong just now: dead addresses, and octets a second that one address may be sent."""

    def __init__(self) -> None:
        self.seen: set[Any] = set()
        self.dead: set[Any] = set()
        self.bytes_per_second: float | None = None
        self._allowance: dict[Any, tuple[float, float]] = {}

    def obey(self, order: dict[str, Any]) -> None:
        """`kill_paths`: nothing passes any more to or from the addresses seen so far. `cap`: each
        address is sent at most `bps`, what is more is lost."""
        if not self.seen:
            raise RuntimeError("no media have passed here: a fault would change nothing")
        if order["do"] == "kill_paths":
            self.dead |= self.seen
        elif order["do"] == "cap":
            self.bytes_per_second = order["bps"] / 8 if order["bps"] else None
            self._allowance.clear()
        else:
            raise ValueError(order["do"])

    def lets_pass(self, address: Any, size: int) -> bool:
        """Whether a datagram of this size may leave for that address now."""
        if address in self.dead:
            return False
        if self.bytes_per_second is None:
            return True
        now = time.monotonic()
        left, since = self._allowance.get(address, (self.bytes_per_second / 4, now))
        left = min(self.bytes_per_second / 4, left + (now - since) * self.bytes_per_second)
        passes = left >= size
        self._allowance[address] = (left - size if passes else left, now)
        return passes


class FaultySocket:
    """A datagram socket, as far as UdpPort needs one."""

    def __init__(self, sock: socket.socket, faults: Faults) -> None:
        self._sock = sock
        self._faults = faults

    def fileno(self) -> int:
        return self._sock.fileno()

    def getsockname(self) -> Any:
        return self._sock.getsockname()

    def recvfrom(self, size: int) -> tuple[bytes, Any]:
        data, address = self._sock.recvfrom(size)
        self._faults.seen.add(address)
        # An empty datagram is nothing to anybody.
        return NOTHING if address in self._faults.dead else (data, address)

    def sendto(self, data: bytes, address: Any) -> int:
        if not self._faults.lets_pass(address, len(data)):
            return len(data)
        return self._sock.sendto(data, address)

    def close(self) -> None:
        self._sock.close()


def _listen(faults: Faults) -> None:
    for line in sys.stdin:
        faults.obey(json.loads(line))
        print("done", flush=True)


def main() -> int:
    """As the room server's own."""
    faults = Faults()
    vars(ports)["bind"] = lambda host, port: FaultySocket(udp.bind(host, port), faults)
    threading.Thread(target=_listen, args=(faults,), daemon=True).start()
    return room_server.main()


if __name__ == "__main__":
    sys.exit(main())
