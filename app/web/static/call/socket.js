/**
 * A WebSocket that comes back: first message with a token, resume, back-off, a measured line.
 * What is said on it is for the subclasses (signalling.js, ../live.js).
 */

import { Attempts, backOffMs, discard, socketUrl } from "./attempts.js";
import { FINAL_REASONS, TokenRefused, Tokens, isFinal, lifeMs } from "./tokens.js";

export { backOffMs, socketUrl } from "./attempts.js";
export { TokenRefused, isFinal, tokenFrom } from "./tokens.js";

/** Once opened: the welcome is a transaction of the server and one way back. */
const GREETED_DEADLINE_MS = 6_000;
/** Who has just spoken is not asked for a sign of life; nor is a line urged more often. */
const HEARD_LATELY_MS = 200;
/** What a live line in doubt has to answer a ping: three of its usual round trips, or this. */
const PROOF_AT_LEAST_MS = 300;
const PROOF_TRIPS = 3;
const PING_EVERY_MS = 5_000;
const PONG_DEADLINE_MS = 7_000;
/** Shorter when there is a reason to doubt the line: the network changed, the page woke up. */
const PROBE_DEADLINE_MS = 3_000;
/** A line that lasted this long counts as mended, so the next loss starts from the first step. */
const MENDED_AFTER_MS = 5_000;
/** Refresh when this much of the token's life is over. */
const REFRESH_AT = 0.8;
/**
 * @typedef {import("./tokens.js").Token} Token
 * @typedef {"idle" | "connecting" | "live" | "reconnecting" | "closed"} LineState
 *
 * @typedef {object} LineChange
 * @property {LineState} state
 * @property {string} reason plain words, empty when there is nothing to say
 * @property {number | null} code the close code, when the server gave one
 *
 * @typedef {{ type: string } & Record<string, unknown>} AnyMessage
 */

/**
 * Events: `state` (detail LineChange), `message` (detail: a message, in order and once),
 * `line` (detail `{ roundTripMs, at }`), `token` (detail Token: one that is about to be used).
 */
export class ResumingSocket extends EventTarget {
  /** @type {Tokens} */
  #tokens;
  /** @type {Attempts} */
  #attempts;
  /** The one that is live, or has said hello when none is. @type {WebSocket | null} */
  #socket = null;
  /** Has said hello beside the live one. @type {WebSocket | null} */
  #successor = null;
  /** The live one was asked to prove itself: `over` when it has not. */
  #proof = { timer: 0, over: false };
  #roundTripMs = 0;
  #heardAtMs = -Infinity;
  #urgedAtMs = -Infinity;
  /** @type {LineState} */
  #state = "idle";
  #failures = 0;
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
   * @param {boolean} [options.yields] whether it lets others open before it
   */
  constructor({ url, token, yields = false }) {
    super();
    this.#tokens = new Tokens(token);
    const how = { url: socketUrl(url), token: () => this.#tokens.get(), yields };
    this.#attempts = new Attempts(how, {
      opened: (socket, fresh) => this.#opened(socket, fresh),
      tokenFailed: (socket, error) => this.#tokenFailed(socket, error),
      ended: (socket, code) => this.#ended(socket, code),
      heard: (socket, text) => this.#heardOn(socket, text),
    });
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
   * There is a reason to believe that this line is dead. It is asked; while it does not answer,
   * another is opened beside it, and takes its place once it is welcomed.
   */
  suspect() {
    if (this.#state !== "live") {
      this.urge();
      return;
    }
    const lately = performance.now() - this.#heardAtMs < HEARD_LATELY_MS;
    if (lately || this.#proof.timer || this.#proof.over) return;
    this.#ping(PROBE_DEADLINE_MS);
    const most = Math.max(PROOF_AT_LEAST_MS, PROOF_TRIPS * this.#roundTripMs);
    this.#proof.timer = setTimeout(() => this.#condemn(), most);
    this.#attempts.begin();
  }

  /** There is a reason to believe that there is a line now: no more waiting. */
  urge() {
    const isDown = this.#state === "reconnecting" || this.#state === "connecting";
    const atMs = performance.now();
    if (!isDown || this.#socket || atMs - this.#urgedAtMs < HEARD_LATELY_MS) return;
    this.#urgedAtMs = atMs;
    this.#connect();
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
    this.#attempts.begin();
  }

  /** @param {WebSocket} socket @param {Token} token */
  #opened(socket, token) {
    // Beside a live one it waits until that one has had its chance.
    if (this.#state === "live" && !this.#proof.over) return;
    this.#attempts.take(socket);
    if (this.#state === "live") this.#successor = socket;
    else this.#socket = socket;
    clearTimeout(this.#welcomeTimer);
    this.#welcomeTimer = setTimeout(() => this.#giveUp(socket), GREETED_DEADLINE_MS);
    this.#hello(socket, token);
  }

  /** The live one has not answered: whoever has opened beside it goes first now. */
  #condemn() {
    this.#proof = { timer: 0, over: true };
    this.#greetOpened();
  }

  #greetOpened() {
    if (this.#attempts.opened) this.#opened(...this.#attempts.opened);
  }

  /** The live one has said something. */
  #acquit() {
    if (!this.#proof.timer && !this.#proof.over) return;
    this.#calm();
    // One that has said hello is known to the server as the newer: it stays.
    if (!this.#successor) this.#attempts.stop();
  }

  #calm() {
    clearTimeout(this.#proof.timer);
    this.#proof = { timer: 0, over: false };
  }

  /** Said hello, was not welcomed. @param {WebSocket} socket */
  #giveUp(socket) {
    discard(socket);
    this.#ended(socket, 1006);
  }

  /** @param {WebSocket} socket @param {number} code */
  #ended(socket, code) {
    // Our own closing comes to an end.
    if (this.#state === "closed") return;
    if (socket === this.#successor) this.#lost(code);
    else if (socket === this.#socket) {
      // Replaced by the successor, say: that one's welcome is on its way.
      if (!this.#successor) this.#lost(code);
    } else if (this.#attempts.isEmpty && !this.#socket && !this.#retryTimer) this.#lost(code);
  }

  /** @param {WebSocket} socket @param {string} text */
  #heardOn(socket, text) {
    if (socket === this.#successor) this.#succeed(socket);
    if (socket === this.#socket) this.#received(text);
  }

  /** The successor is welcomed. For everybody else the line was lost and is back. @param {WebSocket} socket */
  #succeed(socket) {
    const before = this.#socket;
    this.#successor = null;
    this.#forget();
    this.#socket = socket;
    this.#enter("reconnecting");
    before?.close();
  }

  /** @param {WebSocket} socket @param {Token} token */
  #hello(socket, token) {
    this.dispatchEvent(new CustomEvent("token", { detail: token }));
    const resume = this.resumePosition();
    socket.send(JSON.stringify({ type: "hello", token: token.token, resume }));
    this.#planRefresh(token);
  }

  /** @param {WebSocket} socket @param {unknown} error */
  #tokenFailed(socket, error) {
    if (error instanceof TokenRefused) this.#finish(error.message, null);
    else this.#giveUp(socket);
  }

  /** @param {string} text */
  #received(text) {
    clearTimeout(this.#pongTimer);
    this.#pongTimer = 0;
    this.#heardAtMs = performance.now();
    this.#acquit();
    const message = /** @type {AnyMessage} */ (JSON.parse(text));
    if (message.type === "pong") {
      const at = Number(message["at"]);
      const roundTripMs = Math.max(0, Math.round(performance.now()) - at);
      this.#roundTripMs = roundTripMs;
      this.dispatchEvent(new CustomEvent("line", { detail: { roundTripMs, at } }));
      return;
    }
    if (!this.accept(message)) return;
    if (message.type === "welcome") this.#welcomed();
    this.dispatchEvent(new CustomEvent("message", { detail: message }));
  }

  #welcomed() {
    clearTimeout(this.#welcomeTimer);
    this.#mendedTimer = setTimeout(() => (this.#failures = 0), MENDED_AFTER_MS);
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
    const life = lifeMs(token);
    if (!(life > 0)) return;
    this.#refreshTimer = setTimeout(() => this.#refresh(), life * REFRESH_AT);
  }

  /** Failing is harmless: the server closes with TOKEN_EXPIRED and we come back with a new one. */
  async #refresh() {
    const token = await this.#tokens.fresh().catch(() => null);
    if (!token || !this.send({ type: "refresh", token: token.token })) return;
    this.dispatchEvent(new CustomEvent("token", { detail: token }));
    this.#planRefresh(token);
  }

  /** The network or the page came back. */
  #wake() {
    if (this.#state === "live") this.suspect();
    else this.urge();
  }

  #doubt() {
    if (this.#state === "live") this.#ping(PROBE_DEADLINE_MS);
  }

  /** We give this connection up; its close event may be minutes away, so we do not wait for it. */
  #drop() {
    const socket = this.#socket;
    if (socket) socket.onclose = null;
    this.#lost(1006);
    socket?.close();
  }

  /** @param {number} code */
  #lost(code) {
    // The token may be why.
    if (code >= 4000) this.#tokens.forget();
    const goesOn = !this.#attempts.isEmpty;
    this.#forget();
    if (isFinal(code)) {
      this.#finish(FINAL_REASONS[code] ?? "The connection was closed.", code);
      return;
    }
    if (!goesOn) {
      this.#attempts.pause();
      this.#retryTimer = setTimeout(() => this.#connect(), backOffMs(this.#failures));
    }
    this.#failures += 1;
    const reason = navigator.onLine === false ? "You are offline." : "";
    this.#enter("reconnecting", reason, code);
    this.#greetOpened();
  }

  /** @param {string} reason @param {number | null} code */
  #finish(reason, code) {
    if (this.#state === "closed") return;
    const socket = this.#socket;
    this.#forget();
    this.#attempts.stop();
    this.#unlisten.abort();
    this.#enter("closed", reason, code);
    socket?.close(1000);
  }

  #forget() {
    if (this.#successor) discard(this.#successor);
    this.#successor = null;
    this.#socket = null;
    this.#calm();
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
