/**
 * The stream of what happens that concerns this person: someone waits, an appointment moved,
 * a request rings. Pages listen to it and never poll.
 */

import { ResumingSocket, tokenFrom } from "./call/socket.js";

/**
 * @typedef {import("./call/socket.js").AnyMessage} AnyMessage
 * @typedef {import("./call/messages.js").LiveEvent} LiveEvent
 * @typedef {import("./call/socket.js").Token} Token
 *
 * @typedef {object} DomainEvent
 * @property {string} event its name: `encounter.waiting`, say
 * @property {string} id of what it happened to
 * @property {Record<string, unknown>} payload ids, states and times
 */

/** A page that was made a moment ago has better things to do first: its call, above all. */
const FIRST_LOOK_MS = 2_500;

/**
 * Events: `event` (detail DomainEvent), `stale` (something may have been missed: fetch anew; its
 * detail says whether the page has only just been made), and `state` as of every ResumingSocket.
 */
export class LiveStream extends ResumingSocket {
  /** @type {unknown} */
  #position = null;
  #isFirst = true;

  /** @param {{ url?: string, token?: () => Promise<Token> }} [options] */
  constructor({ url = "/api/v1/events", token = tokenFrom("/api/v1/events/token") } = {}) {
    // A call's socket is the more urgent one.
    super({ url, token, yields: true });
    this.addEventListener("message", (event) => {
      this.#received(/** @type {CustomEvent<AnyMessage>} */ (event).detail);
    });
  }

  /** @override */
  resumePosition() {
    return this.#position;
  }

  /** @override @param {AnyMessage} message */
  accept(message) {
    const position = message["position"] ?? null;
    if (message.type === "event" && position === this.#position) return false;
    if (message.type === "event" || (message.type === "welcome" && !message["resumed"])) {
      this.#position = position;
    }
    return true;
  }

  /** @param {AnyMessage} message */
  #received(message) {
    if (message.type === "event") {
      const { event, id, payload } = /** @type {LiveEvent} */ (/** @type {unknown} */ (message));
      this.dispatchEvent(new CustomEvent("event", { detail: { event, id, payload } }));
    }
    if (message.type === "welcome" && !message["resumed"]) {
      this.dispatchEvent(new CustomEvent("stale", { detail: { isFirst: this.#isFirst } }));
      this.#isFirst = false;
    }
  }
}

/**
 * Looks anew where something may have been missed: at once after a cut, and a little later for
 * what happened while the page was being made.
 *
 * @param {LiveStream} stream
 * @param {() => void} look
 */
export function whenStale(stream, look) {
  stream.addEventListener("stale", (event) => {
    const { isFirst } = /** @type {CustomEvent<{ isFirst: boolean } | null>} */ (event).detail ?? {};
    if (isFirst) setTimeout(look, FIRST_LOOK_MS);
    else look();
  });
}

/** One for the page, opened on first use. @type {LiveStream | null} */
let shared = null;

/** @returns {LiveStream} */
export function liveStream() {
  if (!shared) {
    shared = new LiveStream();
    shared.open();
  }
  return shared;
}
