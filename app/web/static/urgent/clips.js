/**
 * A clip filmed while the line is gone and sent when it is back: only where the crew has agreed to
 * it for this request, which the record says with each clip.
 */

import { announce } from "../announce.js";
import { ClipRecorder, canFilm } from "../call/clip.js";
import { isGone } from "../call/ladder.js";
import { serverNow } from "../clock.js";
import { clockOf } from "./moments.js";
import { saveBytesUntilDone } from "./saving.js";

/** The picture comes back before the clip, which would take the line from it; but not for ever. */
const PICTURE_FIRST_MS = 10_000;

/**
 * @typedef {import("../call/consultation.js").Consultation} Consultation
 * @typedef {import("../call/clip.js").Clip} Clip
 */

/**
 * @param {HTMLElement} root of the request's page
 * @param {HTMLElement} stage
 * @param {Consultation} consultation
 */
export function bindClips(root, stage, consultation) {
  const box = root.querySelector("[data-clip-agreement]");
  const agreement = box?.querySelector("input");
  if (!(box instanceof HTMLElement) || !agreement || !canFilm()) return;
  const request = root.dataset["request"] ?? "";
  const reel = new Reel(request);
  box.hidden = false;
  agreement.checked = agreedAt(request) !== "";
  stage.dataset["clip"] = agreement.checked ? "on" : "off";
  agreement.addEventListener("change", () => {
    agree(request, agreement.checked);
    stage.dataset["clip"] = agreement.checked ? "on" : "off";
    if (!agreement.checked) reel.discard();
  });
  consultation.addEventListener("step", () => {
    if (isGone(consultation.step)) reel.film(consultation);
    else reel.sendAfter(consultation.step === "hd" ? 0 : PICTURE_FIRST_MS);
  });
  consultation.addEventListener("ended", () => {
    box.hidden = true;
    reel.sendAfter(0);
  });
}

/** What is being filmed for a request, and what waits to be sent. */
class Reel {
  #recorder = new ClipRecorder();
  /** @type {Promise<Clip[]>} */
  #filmed = Promise.resolve([]);
  #timer = 0;
  #request;

  /** @param {string} request */
  constructor(request) {
    this.#request = request;
  }

  /** @param {Consultation} consultation */
  film({ local }) {
    if (!agreedAt(this.#request)) return;
    const tracks = [local.camera.track, local.microphone.track].filter((track) => track !== null);
    if (local.camera.track) this.#recorder.start(tracks);
  }

  /** Filming ends at once; what waits already waits no longer than before. @param {number} waitMs */
  sendAfter(waitMs) {
    this.#filmed = Promise.all([this.#filmed, this.#recorder.stop()]).then((each) => each.flat());
    if (waitMs > 0 && this.#timer) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#send(), waitMs);
  }

  discard() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#filmed = Promise.resolve([]);
    void this.#recorder.stop();
  }

  async #send() {
    this.#timer = 0;
    const filmed = this.#filmed;
    this.#filmed = Promise.resolve([]);
    // Taken back meanwhile, it goes nowhere.
    const agreed = agreedAt(this.#request);
    for (const clip of await filmed) if (agreed) void sendOne(clip, this.#request, agreed);
  }
}

/** @param {Clip} clip @param {string} request @param {string} agreed when, as in `agreedAt` */
async function sendOne({ id, blob, beganAt }, request, agreed) {
  const takenAt = new Date(serverNow() - (Date.now() - beganAt)).toISOString();
  // In the record's zone: a crew's device may be in another.
  const zone = document.querySelector("[data-zone]")?.getAttribute("data-zone") ?? "UTC";
  const caption = `Filmed while there was no line; the crew agreed at ${clockOf(Number(agreed), zone)}.`;
  const about = { id, kind: "clip", taken_at: takenAt, caption };
  const path = `/api/v1/service-requests/${request}/documents?${new URLSearchParams(about)}`;
  const clip = { id, bytes: await blob.arrayBuffer(), label: "Clip", happenedAt: takenAt };
  const said = await saveBytesUntilDone(path, clip, announce);
  announce(said || "The clip has been sent.");
}

/** @param {string} request @param {boolean} agreed */
function agree(request, agreed) {
  if (agreed) sessionStorage.setItem(key(request), String(serverNow()));
  else sessionStorage.removeItem(key(request));
}

/** @param {string} request @returns {string} milliseconds since 1970, empty when there is no agreement */
function agreedAt(request) {
  return sessionStorage.getItem(key(request)) ?? "";
}

/** @param {string} request */
function key(request) {
  return `clip-agreed/${request}`;
}
