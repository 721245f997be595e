"""How long a click on "join" takes until the other person is seen, beside the least it could.

The floor is two peer connections inside one page: the same camera, no server, no network.
"""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from playwright.sync_api import Browser

from bench.browser import chromium, click_to_picture_ms, somebody
from bench.figures import Figure, percentile

RUNS = 20
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
    """Everything about joining."""
    with chromium() as browser, floor_site() as url:
        floor = [floor_once(browser, url) for _ in range(RUNS)]
    return [
        Figure("two connections in one page, median", percentile(floor, 50), "ms", RUNS),
        Figure("two connections in one page, 95th percentile", percentile(floor, 95), "ms", RUNS),
    ]
