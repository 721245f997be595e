"""A sender and a listener of datagrams, run inside namespaces. One machine has one clock, so the
way itself is measured. `python -m tests.links.probe listen SECONDS` or `send COUNT RATE SIZE`."""

import contextlib
import json
import socket
import struct
import sys
import time
from collections.abc import Sequence

PORT = 9_100
STAMP = struct.Struct("!Id")


def listen(seconds: float) -> None:
    """Says `ready`, and after `seconds` since the first packet [number, way in seconds] of each."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("0.0.0.0", PORT))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8_000_000)
        print("ready", flush=True)
        found: list[tuple[int, float, float]] = []
        until = time.monotonic() + 30
        while (left := until - time.monotonic()) > 0:
            sock.settimeout(left)
            try:
                data = sock.recv(2_048)
            except TimeoutError:
                break
            now = time.monotonic()
            if not found:
                until = now + seconds
            number, sent = STAMP.unpack_from(data)
            found.append((number, now - sent, now))
    print(json.dumps(found), flush=True)


def send(where: str, count: int, *, rate: float, size: int) -> None:
    """`count` packets of `size` octets of payload, `rate` a second, evenly."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        began = time.monotonic()
        for number in range(count):
            at = began + number / rate
            time.sleep(max(0.0, at - time.monotonic()))
            packet = STAMP.pack(number, time.monotonic()).ljust(size, b"\0")
            with contextlib.suppress(OSError):  # between two interfaces there is no way at all
                sock.sendto(packet, (where, PORT))


def main(arguments: Sequence[str]) -> None:
    """As the module says."""
    if arguments[0] == "listen":
        listen(float(arguments[1]))
    else:
        where, count, rate, size = arguments[1:]
        send(where, int(count), rate=float(rate), size=int(size))


if __name__ == "__main__":
    main(sys.argv[1:])
