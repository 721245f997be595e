/**
 * A WebSocket that comes back: first message with a token, resume, back-off, a measured line.
 * What is said on it is for the subclasses (signalling.js, ../live.js).
 */

import { serverNow } from "../clock.js";

const FIRST_BACK_OFF_MS = 500;
const LONGEST_BACK_OFF_MS = 30_000;
/** From opening to welcome. The server gives hello 5 s; twice that covers a slow mobile network. */
const WELCOME_DEADLINE_MS = 10_000;
const PING_EVERY_MS = 5_000;
const PONG_DEADLINE_MS = 7_000;
/** Shorter when there is a reason to doubt the line: the network changed, the page woke up. */
const PROBE_DEADLINE_MS = 3_000;
/** A line that lasted this long counts as mended, so the next loss starts from the first step. */
const MENDED_AFTER_MS = 5_000;
/** Refresh when this much of the token's life is over. */
const REFRESH_AT = 0.8;
/** Close codes from here on say: do not come back (messages.py, CloseCode). */
const FIRST_FINAL_CODE = 4500;
const LAST_OWN_CODE = 4999;

/** @type {Record<number, string>} */
const FINAL_REASONS = {
  4500: "This page is out of date. Reload it to carry on.",
  4501: "You are not signed in any more. Sign in or open your link again.",
  4502: "You cannot join this consultation.",
  4503: "The consultation has ended.",
  4504: "You joined from another tab or device. The call goes on there.",
  4505: "You were asked to leave this consultation.",
  4506: "Something went wrong on this page. Reload it to carry on.",
  4507: "Something went wrong on this page. Reload it to carry on.",
  4508: "You left the consultation.",
};

/**
 * @typedef {object} Token
 * @property {string} token
 * @property {string} [expires_at] RFC 3339; without it the token is never refreshed
 * @property {RTCIceServer[]} [ice_servers] a consultation's: see relays.js
 * @property {RTCIceTransportPolicy} [ice_transport_policy]
 *
 * @typedef {"idle" | "connecting" | "live" | "reconnecting" | "closed"} LineState
 *
 * @typedef {object} LineChange
 * @property {LineState} state
 * @property {string} reason plain words, empty when there is nothing to say
 * @property {number | null} code the close code, when the server gave one
 *
 * @typedef {{ type: string } & Record<string, unknown>} AnyMessage
 */

/** The token service said no, and will say no again: coming back is of no use. */
export class TokenRefused extends Error {
  /** @param {string} reason in plain words */
  constructor(reason) {
    super(reason);
    this.name = "TokenRefused";
  }
}

/**
 * Fetches a token with the page's own cookie.
 *
 * @param {string} url
 * @returns {() => Promise<Token>} throws TokenRefused when signed out, not allowed or gone
 */
export function tokenFrom(url) {
  return async () => {
    const response = await fetch(url, {
      method: "POST",
      credentials: "same-origin",
      headers: onVisit() ? { "Openconsult-Visit": "1" } : {},
    });
    if (response.ok) return response.json();
    if ([401, 403, 404, 410].includes(response.status)) {
      throw new TokenRefused(FINAL_REASONS[response.status === 401 ? 4501 : 4502] ?? "");
    }
    throw new Error(`The token service answered ${response.status}`);
  };
}

/** Staff who try a patient's link hold two sessions: the page says which it means. */
function onVisit() {
  return globalThis.location?.pathname.startsWith("/visit") ?? false;
}

/**
 * Full jitter: anywhere between nothing and a window that doubles from 0.5 s to 30 s, so that
 * everyone who lost the same server does not come back in the same instant.
 *
 * @param {number} attempt from 0
 * @param {() => number} random in [0, 1)
 * @returns {number} milliseconds
 */
export function backOffMs(attempt, random = Math.random) {
  return Math.round(random() * Math.min(LONGEST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** attempt));
}

/**
 * @param {number} code
 * @returns {boolean} whether the server asks not to come back
 */
export function isFinal(code) {
  return code >= FIRST_FINAL_CODE && code <= LAST_OWN_CODE;
}

/**
 * @param {string} path
 * @returns {string} the same path as a WebSocket address of this site
 */
export function socketUrl(path) {
  const url = new URL(path, location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

/**
 * Events: `state` (detail LineChange), `message` (detail: a message, in order and once),
 * `line` (detail `{ roundTripMs, at }`), `token` (detail Token: one that is about to be used).
 */
export class ResumingSocket extends EventTarget {
  /** @type {string} */
  #url;
  /** @type {() => Promise<Token>} */
  #token;
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {LineState} */
  #state = "idle";
  #attempt = 0;
  #retryTimer = 0;
  #welcomeTimer = 0;
  #pingTimer = 0;
  #pongTimer = 0;
  #mendedTimer = 0;
  #refreshTimer = 0;
  #unlisten = new AbortController();

  /**
   * @param {object} options
   * @param {string} options.url ws: or wss: address, or a path of this site
   * @param {() => Promise<Token>} options.token asked for every new connection
   */
  constructor({ url, token }) {
    super();
    this.#url = socketUrl(url);
    this.#token = token;
  }

  get state() {
    return this.#state;
  }

  /** What to send as `resume`. Subclasses know their positions. @returns {unknown} */
  resumePosition() {
    return null;
  }

  /**
   * Whether a message is new. Subclasses note the position here and refuse repeats.
   *
   * @param {AnyMessage} _message
   * @returns {boolean}
   */
  accept(_message) {
    return true;
  }

  /** Connects, and keeps coming back until `close` or a final close code. */
  open() {
    if (this.#state !== "idle") return;
    this.#listen();
    this.#enter("connecting");
    this.#connect();
  }

  /**
   * @param {AnyMessage} message
   * @returns {boolean} false when the line is not live: the caller says it again after `state`
   */
  send(message) {
    if (this.#state !== "live" || !this.#socket) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /**
   * Asks for an answer behind everything that was sent.
   *
   * @param {number} deadlineMs
   * @returns {Promise<boolean>} whether it came
   */
  roundTrip(deadlineMs) {
    const at = Math.round(performance.now());
    return new Promise((resolve) => {
      const over = (/** @type {boolean} */ came) => {
        clearTimeout(timer);
        this.removeEventListener("line", heard);
        this.removeEventListener("state", lost);
        resolve(came);
      };
      const heard = (/** @type {Event} */ event) => {
        if (/** @type {CustomEvent} */ (event).detail.at >= at) over(true);
      };
      const lost = () => over(false);
      const timer = setTimeout(lost, deadlineMs);
      this.addEventListener("line", heard);
      this.addEventListener("state", lost);
      if (!this.send({ type: "ping", at })) lost();
    });
  }

  /** Something is missing: come back and resume. */
  reconnect() {
    this.#drop();
  }

  /** Ends for good. @param {string} reason in plain words */
  close(reason = "") {
    this.#finish(reason, null);
  }

  #listen() {
    const options = { signal: this.#unlisten.signal };
    addEventListener("online", () => this.#wake(), options);
    addEventListener("offline", () => this.#doubt(), options);
    addEventListener("pageshow", () => this.#wake(), options);
    document.addEventListener("visibilitychange", () => !document.hidden && this.#wake(), options);
  }

  #connect() {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = 0;
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    this.#welcomeTimer = setTimeout(() => this.#drop(), WELCOME_DEADLINE_MS);
    socket.onmessage = (event) => this.#socket === socket && this.#received(String(event.data));
    socket.onclose = (event) => this.#socket === socket && this.#lost(event.code);
    const opened = new Promise((resolve) => (socket.onopen = resolve));
    Promise.all([this.#token(), opened]).then(
      ([token]) => this.#socket === socket && this.#hello(socket, token),
      (error) => this.#socket === socket && this.#tokenFailed(error),
    );
  }

  /** @param {WebSocket} socket @param {Token} token */
  #hello(socket, token) {
    this.dispatchEvent(new CustomEvent("token", { detail: token }));
    const resume = this.resumePosition();
    socket.send(JSON.stringify({ type: "hello", token: token.token, resume }));
    this.#planRefresh(token);
  }

  /** @param {unknown} error */
  #tokenFailed(error) {
    if (error instanceof TokenRefused) this.#finish(error.message, null);
    else this.#drop();
  }

  /** @param {string} text */
  #received(text) {
    clearTimeout(this.#pongTimer);
    this.#pongTimer = 0;
    const message = /** @type {AnyMessage} */ (JSON.parse(text));
    if (message.type === "pong") {
      const at = Number(message["at"]);
      const roundTripMs = Math.max(0, Math.round(performance.now()) - at);
      this.dispatchEvent(new CustomEvent("line", { detail: { roundTripMs, at } }));
      return;
    }
    if (!this.accept(message)) return;
    if (message.type === "welcome") this.#welcomed();
    this.dispatchEvent(new CustomEvent("message", { detail: message }));
  }

  #welcomed() {
    clearTimeout(this.#welcomeTimer);
    this.#mendedTimer = setTimeout(() => (this.#attempt = 0), MENDED_AFTER_MS);
    this.#pingTimer = setInterval(() => this.#ping(PONG_DEADLINE_MS), PING_EVERY_MS);
    this.#enter("live");
    this.#ping(PONG_DEADLINE_MS);
  }

  /**
   * The deadline runs from the question, not from the last answer: a page in the background
   * asks seldom and must not take its own slowness for a dead line. A question still open keeps
   * its deadline, unless the new one is shorter.
   *
   * @param {number} deadlineMs
   */
  #ping(deadlineMs) {
    if (!this.send({ type: "ping", at: Math.round(performance.now()) })) return;
    if (this.#pongTimer && deadlineMs >= PONG_DEADLINE_MS) return;
    clearTimeout(this.#pongTimer);
    this.#pongTimer = setTimeout(() => this.#drop(), deadlineMs);
  }

  /** @param {Token} token */
  #planRefresh(token) {
    clearTimeout(this.#refreshTimer);
    const life = token.expires_at ? Date.parse(token.expires_at) - serverNow() : NaN;
    if (!(life > 0)) return;
    this.#refreshTimer = setTimeout(() => this.#refresh(), life * REFRESH_AT);
  }

  /** Failing is harmless: the server closes with TOKEN_EXPIRED and we come back with a new one. */
  async #refresh() {
    const token = await this.#token().catch(() => null);
    if (!token || !this.send({ type: "refresh", token: token.token })) return;
    this.dispatchEvent(new CustomEvent("token", { detail: token }));
    this.#planRefresh(token);
  }

  /** The network or the page came back. */
  #wake() {
    if (this.#retryTimer) this.#connect();
    else this.#doubt();
  }

  #doubt() {
    if (this.#state === "live") this.#ping(PROBE_DEADLINE_MS);
  }

  /** We give this connection up; its close event may be minutes away, so we do not wait for it. */
  #drop() {
    const socket = this.#socket;
    this.#lost(1006);
    socket?.close();
  }

  /** @param {number} code */
  #lost(code) {
    this.#forget();
    if (isFinal(code)) {
      this.#finish(FINAL_REASONS[code] ?? "The connection was closed.", code);
      return;
    }
    this.#retryTimer = setTimeout(() => this.#connect(), backOffMs(this.#attempt));
    this.#attempt += 1;
    const reason = navigator.onLine === false ? "You are offline." : "";
    this.#enter("reconnecting", reason, code);
  }

  /** @param {string} reason @param {number | null} code */
  #finish(reason, code) {
    if (this.#state === "closed") return;
    const socket = this.#socket;
    this.#forget();
    this.#unlisten.abort();
    this.#enter("closed", reason, code);
    socket?.close(1000);
  }

  #forget() {
    this.#socket = null;
    clearInterval(this.#pingTimer);
    const timers = [this.#retryTimer, this.#welcomeTimer, this.#pongTimer, this.#mendedTimer];
    for (const timer of [...timers, this.#refreshTimer]) clearTimeout(timer);
    this.#retryTimer = 0;
    this.#pongTimer = 0;
  }

  /** @param {LineState} state @param {string} reason @param {number | null} code */
  #enter(state, reason = "", code = null) {
    this.#state = state;
    /** @type {LineChange} */
    const detail = { state, reason, code };
    this.dispatchEvent(new CustomEvent("state", { detail }));
  }
}
