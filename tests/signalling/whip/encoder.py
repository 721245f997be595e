"""A WHIP client over GStreamer's webrtcbin, as a vehicle's encoder is one: trickle, then DELETE.

Run by Debian's Python, which has GStreamer: `/usr/bin/python3 encoder.py URL [vp8|h264]`, with the
bearer token in WHIP_TOKEN. It says each step on a line of its own and ends when its input does.
"""

import os
import sys
import threading
import urllib.request
from urllib.parse import urljoin

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstWebRTC", "1.0")
gi.require_version("GstSdp", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402

SENDER = "webrtcbin name=webrtc bundle-policy=max-bundle"
PICTURE = "videotestsrc is-live=true pattern=ball ! video/x-raw,width=640,height=360,framerate=25/1"
SOUND = (
    "audiotestsrc is-live=true wave=ticks ! audioconvert ! audioresample ! opusenc ! rtpopuspay"
    " ! application/x-rtp,media=audio,encoding-name=OPUS,payload=97,clock-rate=48000 ! webrtc."
)
CODECS = {
    "vp8": "vp8enc deadline=1 keyframe-max-dist=100 target-bitrate=600000 ! rtpvp8pay"
    " ! application/x-rtp,media=video,encoding-name=VP8,payload=96,clock-rate=90000",
    "h264": "x264enc tune=zerolatency speed-preset=ultrafast bitrate=600 key-int-max=100"
    " ! video/x-h264,profile=constrained-baseline ! rtph264pay config-interval=-1"
    " aggregate-mode=zero-latency ! application/x-rtp,media=video,encoding-name=H264,payload=96,"
    "clock-rate=90000,packetization-mode=(string)1",
}


def say(text: str) -> None:
    print(text, flush=True)


class Encoder:
    """One session, from the offer to the DELETE."""

    def __init__(self, endpoint: str, token: str, codec: str) -> None:
        self.endpoint = endpoint
        self.token = token
        self.session = ""
        self.etag = ""
        self.offer = ""
        self.candidates: list[str] = []
        self.pipeline = Gst.parse_launch(f"{SENDER} {PICTURE} ! {CODECS[codec]} ! webrtc. {SOUND}")
        self.webrtc = self.pipeline.get_by_name("webrtc")
        self.webrtc.connect("on-negotiation-needed", self.negotiate)
        self.webrtc.connect("on-ice-candidate", self.gathered)
        self.webrtc.connect("notify::connection-state", self.changed)

    def start(self) -> None:
        self.pipeline.set_state(Gst.State.PLAYING)

    def negotiate(self, _: object) -> None:
        for line in range(2):
            transceiver = self.webrtc.emit("get-transceiver", line)
            transceiver.set_property("direction", GstWebRTC.WebRTCRTPTransceiverDirection.SENDONLY)
        promise = Gst.Promise.new_with_change_func(self.offered)
        self.webrtc.emit("create-offer", None, promise)

    def offered(self, promise: Gst.Promise) -> None:
        reply = promise.get_reply()  # what it holds goes with it
        offer = reply.get_value("offer")
        self.webrtc.emit("set-local-description", offer, Gst.Promise.new())
        self.offer = offer.sdp.as_text()
        threading.Thread(target=self.publish, daemon=True).start()

    def publish(self) -> None:
        answer, headers = self.ask(
            "POST", self.endpoint, self.offer, {"Content-Type": "application/sdp"}
        )
        self.session = urljoin(self.endpoint, headers["Location"])
        self.etag = headers["ETag"]
        say("published")
        _, parsed = GstSdp.SDPMessage.new_from_text(answer)
        description = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, parsed)
        self.webrtc.emit("set-remote-description", description, Gst.Promise.new())
        self.trickle()

    def gathered(self, _: object, line: int, candidate: str) -> None:
        if line == 0:
            self.candidates.append(candidate)
            if self.session:
                threading.Thread(target=self.trickle, daemon=True).start()

    def trickle(self) -> None:
        candidates, self.candidates = self.candidates, []
        if not candidates:
            return
        ufrag, password = (
            next(line for line in self.offer.splitlines() if line.startswith(name))
            for name in ("a=ice-ufrag:", "a=ice-pwd:")
        )
        media, mid = (
            next(line for line in self.offer.splitlines() if line.startswith(name))
            for name in ("m=", "a=mid:")
        )
        lines = [ufrag, password, media, mid, *(f"a={each}" for each in candidates)]
        self.ask(
            "PATCH",
            self.session,
            "\r\n".join(lines) + "\r\n",
            {"Content-Type": "application/trickle-ice-sdpfrag", "If-Match": self.etag},
        )
        say("trickled")

    def changed(self, *_: object) -> None:
        say(self.webrtc.get_property("connection-state").value_nick)

    def stop(self) -> None:
        if self.session:
            self.ask("DELETE", self.session, "", {})
            say("deleted")
        self.pipeline.set_state(Gst.State.NULL)

    def ask(
        self, method: str, url: str, body: str, headers: dict[str, str]
    ) -> tuple[str, dict[str, str]]:
        request = urllib.request.Request(  # noqa: S310 (the address is the tester's)
            url,
            body.encode() or None,
            {"Authorization": f"Bearer {self.token}", **headers},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 (the same)
            return response.read().decode(), response.headers


def main() -> None:
    Gst.init(None)
    url, codec = sys.argv[1], (sys.argv[2:] or ["vp8"])[0]
    encoder = Encoder(url, os.environ["WHIP_TOKEN"], codec)
    loop = GLib.MainLoop()
    threading.Thread(target=lambda: (sys.stdin.read(), loop.quit()), daemon=True).start()
    encoder.start()
    loop.run()
    encoder.stop()


if __name__ == "__main__":
    main()
