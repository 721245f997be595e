"""How long a click on "join" takes until the other person is seen, beside the least it could.

The floor is two peer connections inside one page: the same camera, no server, no network.
"""

import http.server
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from playwright.sync_api import Browser

from bench.browser import chromium, click_to_picture_ms, somebody
from bench.call import Call, a_call
from bench.figures import Figure, percentile

RUNS = 20
FLOOR_FACTOR, ALLOWANCE_MS = 1.5, 150.0
FLOOR_PAGE = """<!doctype html><meta charset="utf-8"><title>Floor</title>
<button>Join</button><video autoplay playsinline muted></video>
<script type="module">
const camera = {
  audio: true,
  video: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } },
};
document.querySelector("button").addEventListener("click", async () => {
  const stream = await navigator.mediaDevices.getUserMedia(camera);
  const sender = new RTCPeerConnection();
  const receiver = new RTCPeerConnection();
  sender.onicecandidate = ({ candidate }) => candidate && receiver.addIceCandidate(candidate);
  receiver.onicecandidate = ({ candidate }) => candidate && sender.addIceCandidate(candidate);
  receiver.ontrack = ({ track }) => {
    if (track.kind === "video") {
      document.querySelector("video").srcObject = new MediaStream([track]);
    }
  };
  for (const track of stream.getTracks()) sender.addTrack(track, stream);
  await sender.setLocalDescription();
  await receiver.setRemoteDescription(sender.localDescription);
  await receiver.setLocalDescription();
  await sender.setRemoteDescription(receiver.localDescription);
});
</script>
"""


@dataclass(frozen=True)
class Turn:
    """One run of each, in milliseconds."""

    floor: float
    clinician: float
    patient: float
    sign_in: float


class _FloorHandler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """The one page there is."""
        body = FLOOR_PAGE.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def floor_site() -> Iterator[str]:
    """Serves the floor's page on loopback, where browsers give cameras."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _FloorHandler)
    thread = threading.Thread(target=partial(server.serve_forever, poll_interval=0.05))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def floor_once(browser: Browser, url: str) -> float:
    """One run of the floor, in milliseconds, in a fresh page."""
    with somebody(browser) as page:
        page.goto(url)
        page.click("button")
        return click_to_picture_ms(page)


def measure() -> list[Figure]:
    """Everything about joining, floor and service in the same run.

    Turns alternate, so that what else the machine does weighs on both alike. During the floor and
    the sign-in nobody is in a call; during a join the other person is.
    """
    with chromium() as browser, floor_site() as floor_url, a_call(browser) as call:
        return figures([one_turn(browser, floor_url, call) for _ in range(RUNS)])


def one_turn(browser: Browser, floor_url: str, call: Call) -> Turn:
    """Each once."""
    with call.parked():
        floor = floor_once(browser, floor_url)
        sign_in = call.signs_in()
    clinician, patient = call.clinician_joins(), call.patient_joins()
    return Turn(floor=floor, clinician=clinician, patient=patient, sign_in=sign_in)


def figures(turns: Sequence[Turn]) -> list[Figure]:
    """Medians and 95th percentiles; the floor's own are the peers of the joins'."""
    found = []
    for percent, word in ((50, "median"), (95, "95th percentile")):
        floor = percentile([turn.floor for turn in turns], percent)
        goal = FLOOR_FACTOR * floor + ALLOWANCE_MS
        for who in ("clinician", "patient"):
            value = percentile([getattr(turn, who) for turn in turns], percent)
            name = f"{who}'s click on join to first remote picture, {word}"
            found.append(Figure(name, value, "ms", len(turns), peer=floor, goal=goal))
        found.append(Figure(f"two connections in one page, {word}", floor, "ms", len(turns)))
        value = percentile([turn.sign_in for turn in turns], percent)
        found.append(Figure(f"click on sign in to usable list, {word}", value, "ms", len(turns)))
    return found
