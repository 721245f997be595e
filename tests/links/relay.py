"""The process between the namespaces: reads TUN devices in batches, holds packets, hands them on.

Spoken to in lines of JSON on a socket, over which the devices come too; it ends when that closes.
`python -m tests.links.relay FD`.
"""

import errno
import json
import os
import select
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict

from tests.links.lane import Lane
from tests.links.shape import Bursts, Shape

BATCH = 64
"""Packets read from one device before the others have their turn."""

LARGEST = 2_048
LONGEST_WAIT = 0.5
IPV4 = 0x40
IP = shutil.which("ip") or "ip"


class Relay:
    """`lanes` by device: what is read from one is offered to its lane and written to the other."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._unread = b""
        self._given: list[int] = []
        self._ways: dict[int, tuple[Lane, int]] = {}
        self._lanes: dict[str, Lane] = {}
        self._planned: list[tuple[float, dict[str, object]]] = []

    def run(self) -> None:
        """Until the other end of the control socket closes."""
        clock = time.monotonic
        while True:
            now = clock()
            self._perform(now)
            soonest = min((lane.next_event() for lane, _ in self._ways.values()), default=now + 1)
            soonest = min([soonest, *(at for at, _ in self._planned[:1])])
            wait = min(LONGEST_WAIT, max(0.0, soonest - now))
            heard = self._control.fileno()
            ready, _, _ = select.select([heard, *self._ways], [], [], wait)
            now = clock()
            for device in ready:
                if device == heard:
                    if not self._listen(now):
                        return
                else:
                    self._read(device, now)
            self._deliver(now)

    def _read(self, device: int, now: float) -> None:
        lane, _ = self._ways[device]
        for _ in range(BATCH):
            try:
                packet = os.read(device, LARGEST)
            except OSError as error:
                if error.errno not in {errno.EAGAIN, errno.EIO}:  # its namespace is gone
                    del self._ways[device]
                return
            if packet[0] & 0xF0 == IPV4:
                lane.offer(packet, now)

    def _deliver(self, now: float) -> None:
        for lane, out in self._ways.values():
            for packet in lane.due(now):
                try:
                    os.write(out, packet)
                except OSError:  # the interface is away: so is the packet
                    continue

    # --- what the test says -------------------------------------------------------------------

    def _listen(self, now: float) -> bool:
        text, devices, _, _ = socket.recv_fds(self._control, 65_536, 2)
        if not text:
            return False
        self._given += devices
        *lines, self._unread = (self._unread + text).split(b"\n")
        for line in lines:
            self._obey(json.loads(line), now)
        return True

    def _obey(self, said: dict[str, object], now: float) -> None:
        if said["do"] == "plan":
            steps = said["steps"]
            assert isinstance(steps, list)
            self._planned += [(now + step["at"], step) for step in steps]
            self._planned.sort(key=lambda planned: planned[0])
        else:
            self._act(said, now)
        answer = {name: asdict(lane.tally) for name, lane in self._lanes.items()}
        self._control.sendall(json.dumps(answer).encode() + b"\n")

    def _perform(self, now: float) -> None:
        while self._planned and self._planned[0][0] <= now:
            self._act(self._planned.pop(0)[1], now)

    def _act(self, said: Mapping[str, object], now: float) -> None:
        if said["do"] == "connect":
            self._connect(said)
        elif said["do"] == "shape":
            for way in ("up", "down"):
                given = said.get(way)
                if isinstance(given, dict):
                    self._lanes[f"{said['link']} {way}"].reshape(shape_of(given), now)
        elif said["do"] == "run":
            batch = [IP, "-n", str(said["where"]), "-batch", "-"]
            subprocess.run(batch, input=str(said["lines"]).encode(), check=False)

    def _connect(self, said: Mapping[str, object]) -> None:
        near, far = self._given[-2:]
        for device, out, way in ((near, far, "up"), (far, near, "down")):
            given = said[way]
            assert isinstance(given, dict)
            lane = Lane(shape_of(given), seed=int(str(said["seed"])) * 2 + (way == "down"))
            self._lanes[f"{said['link']} {way}"] = lane
            self._ways[device] = (lane, out)


def shape_of(given: Mapping[str, object]) -> Shape:
    """A shape as it came over the socket."""
    fields = dict(given)
    fields["bursts"] = Bursts(**fields["bursts"])  # type: ignore[arg-type]
    return Shape(**fields)  # type: ignore[arg-type]


if __name__ == "__main__":
    Relay(socket.socket(fileno=int(sys.argv[1]))).run()
