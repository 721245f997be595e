/**
 * Photos in place of the picture, over the consultation's socket, part by part: the next part goes
 * when the one before has arrived, so that sound never waits behind more than one of them.
 */

import { roundTrip } from "./roundtrip.js";

/** As the room takes them (messages/base.py). */
const PART_CHARS = 2_400;
const EVERY_MS = 4_000;
/** From the largest to the smallest: one that took long is followed by a smaller one. */
const SIZES = [
  { width: 640, most: 34_000 },
  { width: 480, most: 16_000 },
  { width: 320, most: 8_000 },
];
const TOO_LONG_MS = 4_000;
const QUICK_MS = 1_000;
const FRESH_MS = 6_000;
/** A part that is not confirmed by then is lost with its socket: the next photo is a newer one. */
const PART_DEADLINE_MS = 8_000;
const QUALITIES = [0.6, 0.45, 0.3, 0.2, 0.1];

/**
 * @typedef {import("./messages.js").Photo} Photo
 * @typedef {(part: Photo) => Promise<boolean>} Deliver true when it has arrived
 */

/** Takes and sends a photo every few seconds while it is on. */
export class PhotoSender {
  #timer = 0;
  #isOn = false;
  #id = 0;
  #sending = false;
  /** Which of SIZES comes next. */
  #size = 0;
  #speed = { bps: 0, atMs: -Infinity };
  /** @type {() => MediaStreamTrack | null} */
  #track;
  /** @type {Deliver} */
  #deliver;

  /** @param {() => MediaStreamTrack | null} track the camera's @param {Deliver} deliver */
  constructor(track, deliver) {
    this.#track = track;
    this.#deliver = deliver;
  }

  /** How fast the last photo went, in bits a second; null when there was none of late. */
  speedBps() {
    return performance.now() - this.#speed.atMs < FRESH_MS ? this.#speed.bps : null;
  }

  /** @param {boolean} on */
  turn(on) {
    if (this.#isOn === on) return;
    this.#isOn = on;
    // The first one is wanted soon; the next may be larger.
    this.#size = 1;
    clearTimeout(this.#timer);
    if (on) void this.#next();
  }

  async #next() {
    const track = this.#track();
    if (track && !this.#sending) {
      this.#sending = true;
      // A camera that gives nothing now may give something in four seconds.
      await this.#send(track).catch(() => undefined);
      this.#sending = false;
    }
    clearTimeout(this.#timer);
    if (this.#isOn) this.#timer = setTimeout(() => void this.#next(), EVERY_MS);
  }

  /** @param {MediaStreamTrack} track */
  async #send(track) {
    const takenAt = performance.now();
    const base64 = await photoOf(track, SIZES.slice(this.#size));
    const [parts, beganAt] = [partsOf(base64), performance.now()];
    this.#id += 1;
    for (const [part, data] of parts.entries()) {
      const age = Math.round(performance.now() - takenAt);
      const said = { id: this.#id, part, parts: parts.length, age_ms: age, data };
      if (!this.#isOn) return;
      if (await this.#deliver({ type: "photo", ...said })) continue;
      this.#size = SIZES.length - 1;
      return;
    }
    const atMs = performance.now();
    const took = atMs - takenAt;
    this.#speed = { bps: (base64.length * 8_000) / Math.max(1, atMs - beganAt), atMs };
    if (took > TOO_LONG_MS) this.#size = Math.min(SIZES.length - 1, this.#size + 1);
    if (took < QUICK_MS) this.#size = Math.max(0, this.#size - 1);
  }
}

/**
 * Says a part and waits for the answer to a ping behind it.
 *
 * @param {import("./socket.js").ResumingSocket} socket
 * @param {Photo} part
 * @returns {Promise<boolean>}
 */
export async function deliver(socket, part) {
  if (!socket.send({ ...part })) return false;
  return roundTrip(socket, PART_DEADLINE_MS);
}

/** @param {string} base64 @returns {string[]} */
export function partsOf(base64) {
  const count = Math.ceil(base64.length / PART_CHARS);
  return Array.from({ length: count }, (_, at) => base64.slice(at * PART_CHARS, (at + 1) * PART_CHARS));
}

/**
 * @param {MediaStreamTrack} track
 * @param {typeof SIZES} sizes the largest that fits is taken
 * @returns {Promise<string>} base64 of a JPEG
 */
async function photoOf(track, sizes) {
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  video.srcObject = new MediaStream([track]);
  try {
    await video.play();
    return sharpest(video, sizes);
  } finally {
    video.srcObject = null;
  }
}

/** @param {HTMLVideoElement} video @param {number} width of its longer side, at most */
function drawn(video, width) {
  const scale = Math.min(1, width / Math.max(video.videoWidth, video.videoHeight));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  canvas.getContext("2d")?.drawImage(video, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** @param {HTMLVideoElement} video @param {typeof SIZES} sizes @returns {string} base64 */
function sharpest(video, sizes) {
  for (const { width, most } of sizes) {
    const canvas = drawn(video, width);
    for (const quality of QUALITIES) {
      const base64 = canvas.toDataURL("image/jpeg", quality).split(",")[1] ?? "";
      if (base64 && base64.length <= most) return base64;
    }
  }
  throw new Error("no photo of this picture is small enough");
}
