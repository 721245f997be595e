"""What a page does and when, written down by its own browser: sockets, fetches, media, pictures."""

from collections.abc import Mapping
from typing import Any

from playwright.sync_api import Page

from bench.browser import WAIT_MS

Marks = Mapping[str, float]
"""When something first happened in a document: milliseconds since the epoch, by name."""

# Runs before a page's own scripts, after the stopwatch. Only the first of each name is kept; ids
# in addresses become "*".
STAGES = r"""
(() => {
  const marks = (window.__marks = {});
  const waiting = [];
  const now = () => performance.timeOrigin + performance.now();
  const mark = (name, at = now()) => {
    if (name in marks) return;
    marks[name] = at;
    for (const look of [...waiting]) look();
  };
  window.__marked = (names) => new Promise((resolve) => {
    const look = () => names.every((name) => name in marks) && resolve({ ...marks });
    waiting.push(look);
    look();
  });
  const nameless = (url) => new URL(url, location.href).pathname.replace(/[0-9a-f-]{36}/g, "*");
  const [way] = performance.getEntriesByType("navigation");
  const sent = () => {
    for (const name of ["responseStart", "responseEnd"]) {
      if (way[name]) mark(`page ${name}`, performance.timeOrigin + way[name]);
    }
  };
  addEventListener("DOMContentLoaded", () => { sent(); mark("page parsed"); });

  const ownFetch = window.fetch;
  window.fetch = async (...given) => {
    const path = nameless(given[0]?.url ?? given[0]);
    mark(`${path} asked`);
    const answer = await ownFetch(...given);
    mark(`${path} answered`);
    // The page that asks or accepts gives way to another as soon as it has this answer.
    if (/service-requests$|\/accept$/.test(path)) sessionStorage.setItem("heardAt", String(now()));
    return answer;
  };
  window.WebSocket = class extends WebSocket {
    constructor(...given) {
      super(...given);
      this.line = String(given[0]).includes("/events") ? "events" : "call";
      mark(`${this.line} socket made`);
      this.addEventListener("open", () => mark(`${this.line} socket open`));
      this.addEventListener("message", (event) => {
        const { type, event: name, connection } = JSON.parse(event.data);
        mark(`${this.line} heard ${name ?? [type, connection].filter(Boolean).join(" ")}`);
      });
    }
    send(text) {
      mark(`${this.line} said ${JSON.parse(text).type}`);
      super.send(text);
    }
  };
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...given) {
      super(...given);
      this.addEventListener("iceconnectionstatechange", () => {
        mark(`${this.way} ice ${this.iceConnectionState}`);
      });
      this.addEventListener("connectionstatechange", () => {
        mark(`${this.way} ${this.connectionState}`);
      });
    }
    addTransceiver(kind, init) {
      this.way = init?.direction === "sendonly" ? "publish" : "subscribe";
      const made = super.addTransceiver(kind, init);
      if (this.way === "subscribe" && kind === "video") {
        made.receiver.track.addEventListener("unmute", () => mark("first packet"));
      }
      return made;
    }
    async setRemoteDescription(...given) {
      await super.setRemoteDescription(...given);
      mark(`${this.way} answered`);
    }
  };
  const devices = navigator.mediaDevices;
  if (devices) {
    const open = devices.getUserMedia.bind(devices);
    devices.getUserMedia = async (wanted) => {
      mark("camera asked");
      const stream = await open(wanted);
      mark("camera open");
      return stream;
    };
  }
  const showModal = HTMLDialogElement.prototype.showModal;
  HTMLDialogElement.prototype.showModal = function () {
    showModal.call(this);
    mark("dialog opened");
    requestAnimationFrame(() => requestAnimationFrame((time) => {
      mark("dialog painted", performance.timeOrigin + time);
    }));
  };
  const sound = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...given) {
    mark("sound");
    sound.apply(this, given);
  };
  window.firstPicture.then((at) => mark("first picture", at));
})();
"""


def marks(page: Page, *names: str) -> Marks:
    """All that was marked in the page's document, once all of these are."""
    found: Any = page.evaluate(
        """async ([names, most]) => {
          const late = new Promise((_, refuse) => setTimeout(() => {
            refuse(new Error(`never: ${names}; there are ${Object.keys(window.__marks)}`));
          }, most));
          return Promise.race([window.__marked(names), late]);
        }""",
        [list(names), WAIT_MS],
    )
    return {str(name): float(at) for name, at in found.items()}


def heard_at(page: Page) -> float:
    """When this page, or the one that led to it, heard that a request was raised or accepted."""
    at: float = page.evaluate("Number(sessionStorage.getItem('heardAt'))")
    return at


def clicked_at(page: Page) -> float:
    """When the page, or the one that led to it, was last clicked."""
    at: float = page.evaluate("Number(sessionStorage.getItem('clickedAt'))")
    return at
