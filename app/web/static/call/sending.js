/**
 * Keeps what this person sends in line with what the line carries: reads it four times a second,
 * asks the ladder, and does what it says. The decisions are in ladder.js.
 */

import { begin, encodingOf, next, saidOf } from "./ladder.js";
import { pulseOf, readingOf } from "./linereading.js";
import { cameOver } from "./pulse.js";
import { statsOf } from "./quality.js";

const EVERY_MS = 250;

/**
 * @typedef {import("./ladder.js").Step} Step
 * @typedef {import("./ladder.js").Encoding} Encoding
 *
 * @typedef {object} Reins what the ladder holds
 * @property {() => RTCPeerConnection | null} connection the publishing one
 * @property {() => boolean} hasPicture whether the camera is on
 * @property {(encoding: Encoding) => void} shape
 * @property {(on: boolean) => void} photos
 * @property {() => number | null} photoBps how fast the last one went
 * @property {() => number | null} wantedBps see the ladder's Reading
 */

/** Event `step`: read `step`. */
export class Sending extends EventTarget {
  #timer = 0;
  #state = begin(performance.now());
  #pulse = { connection: "", came: 0, atMs: performance.now() };
  /** @type {WeakMap<RTCPeerConnection, string>} */
  #names = new WeakMap();
  #named = 0;
  #shaped = "";
  /** @type {Reins} */
  #reins;

  /** @param {Reins} reins */
  constructor(reins) {
    super();
    this.#reins = reins;
  }

  /** @returns {Step} */
  get step() {
    return this.#state.step;
  }

  /** What the others are told. */
  get said() {
    return saidOf(this.#state.step);
  }

  start() {
    this.stop();
    const now = performance.now();
    this.#state = begin(now);
    this.#pulse = { connection: "", came: 0, atMs: now };
    this.#timer = setInterval(() => void this.#look(), EVERY_MS);
  }

  stop() {
    clearInterval(this.#timer);
    this.#reins.photos(false);
  }

  /** Something has come again: what is sent need not wait for the next look. */
  lookNow() {
    if (this.#timer) void this.#look();
  }

  async #look() {
    const pc = this.#reins.connection();
    const stats = await statsOf(pc);
    const atMs = performance.now();
    const name = pc ? this.#nameOf(pc) : "";
    // Before the first sign of life there is no line that could have gone.
    if (!this.#pulse.connection && cameOver(stats) === 0) this.#pulse.atMs = atMs;
    else this.#pulse = pulseOf(this.#pulse, stats, name, atMs);
    const [hasPicture, photoBps] = [this.#reins.hasPicture(), this.#reins.photoBps()];
    const sendsPicture = hasPicture && encodingOf(this.#state).active;
    const around = { atMs, pulse: this.#pulse, photoBps, hasPicture, sendsPicture };
    const reading = { ...readingOf(stats, around), wantedBps: this.#reins.wantedBps() };
    this.#follow(next(this.#state, reading));
  }

  /** @param {import("./ladder.js").State} state */
  #follow(state) {
    const before = this.#state.step;
    this.#state = state;
    const encoding = encodingOf(state);
    const shape = JSON.stringify(encoding);
    if (shape !== this.#shaped) this.#reins.shape(encoding);
    this.#shaped = shape;
    this.#reins.photos(state.step === "stills");
    if (state.step !== before) this.dispatchEvent(new Event("step"));
  }

  /** @param {RTCPeerConnection} pc */
  #nameOf(pc) {
    const known = this.#names.get(pc);
    if (known) return known;
    this.#named += 1;
    this.#names.set(pc, String(this.#named));
    return String(this.#named);
  }
}
