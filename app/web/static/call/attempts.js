/** Connections on their way, one after the other: a browser opens one at a time to one address
 * (RFC 6455 §4.1), so that one that went into a hole holds up all that come after it. */

const FIRST_BACK_OFF_MS = 500;
const LONGEST_BACK_OFF_MS = 30_000;
/** One that does not open gives way to another when it takes twice as long as one took at best: what
 * went into a hole is sent again by TCP only after 1, 3 and 7 s. */
const USUAL_TIMES = 2;
const PATIENCE_AT_LEAST_MS = 500;
/** And where nothing is known of the line yet. */
const PATIENCE_AT_MOST_MS = 3_000;
/** The line may have become a slower one. */
const MORE_PATIENT = 1.5;
const LONGEST_PATIENCE_MS = 10_000;
/** Sockets that can wait let others open before them. */
const YIELD_MS = 50;

/** What opening took at best, of all sockets of the page: they go to one server. */
let bestMs = Infinity;
/** Those that others let open before them. @type {Set<Attempts>} */
const first = new Set();

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
 * @param {string} path
 * @returns {string} the same path as a WebSocket address of this site
 */
export function socketUrl(path) {
  const url = new URL(path, location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

/**
 * @typedef {import("./tokens.js").Token} Token
 *
 * @typedef {object} Listener
 * @property {(socket: WebSocket, token: Token) => void} opened and a token is at hand
 * @property {(socket: WebSocket, error: unknown) => void} tokenFailed
 * @property {(socket: WebSocket, code: number) => void} ended also of one that was taken
 * @property {(socket: WebSocket, text: string) => void} heard
 */

/**
 * @typedef {object} Attempt
 * @property {WebSocket} socket
 * @property {number} sinceMs
 * @property {Token | null} token once opened
 */

export class Attempts {
  /** @type {Attempt | null} */
  #current = null;
  #made = 0;
  #timer = 0;
  /** @type {string} */
  #url;
  /** @type {() => Promise<Token>} */
  #token;
  #yields;
  /** @type {Listener} */
  #listener;

  /**
   * @param {object} how
   * @param {string} how.url
   * @param {() => Promise<Token>} how.token
   * @param {boolean} how.yields whether it lets others open before it
   * @param {Listener} listener
   */
  constructor({ url, token, yields }, listener) {
    this.#url = url;
    this.#token = token;
    this.#yields = yields;
    this.#listener = listener;
  }

  get isEmpty() {
    return this.#current === null;
  }

  get #isOpening() {
    return this.#current?.socket.readyState === WebSocket.CONNECTING;
  }

  /** The one that has opened, and its token. @returns {[WebSocket, Token] | null} */
  get opened() {
    const current = this.#current;
    return current?.token ? [current.socket, current.token] : null;
  }

  /** From the start: the patience is short again. One that is young may still open. */
  begin() {
    const comesBack = this.#made > 0;
    this.#made = 0;
    if (this.opened) return;
    const ageMs = this.#current ? performance.now() - this.#current.sinceMs : Infinity;
    if (ageMs < this.#patienceMs) this.#planAnother(this.#patienceMs - ageMs);
    else if (this.#yields && comesBack) this.#planAnother(YIELD_MS);
    else this.#next();
  }

  /** This one is to be used. @param {WebSocket} socket */
  take(socket) {
    this.pause();
    if (this.#current?.socket === socket) this.#current = null;
  }

  stop() {
    first.delete(this);
    this.pause();
    this.#drop();
  }

  /** No more of them; one that is on its way goes on. */
  pause() {
    clearTimeout(this.#timer);
  }

  get #patienceMs() {
    const twice = Math.max(PATIENCE_AT_LEAST_MS, bestMs * USUAL_TIMES);
    const shortest = Math.min(PATIENCE_AT_MOST_MS, twice);
    return Math.min(LONGEST_PATIENCE_MS, shortest * MORE_PATIENT ** Math.max(0, this.#made - 1));
  }

  #next() {
    const waits = this.#yields && [...first].some((each) => each.#isOpening);
    if (waits) this.#planAnother(YIELD_MS);
    else this.#attempt();
  }

  /** One more connection instead of that before, until one of them has opened. */
  #attempt() {
    this.#drop();
    const socket = new WebSocket(this.#url);
    const attempt = { socket, sinceMs: performance.now(), token: null };
    this.#current = attempt;
    this.#made += 1;
    if (!this.#yields) first.add(this);
    socket.onclose = (event) => this.#ended(socket, event.code);
    socket.onmessage = (event) => this.#listener.heard(socket, String(event.data));
    const opened = new Promise((resolve) => (socket.onopen = () => resolve(this.#reached(attempt))));
    Promise.all([this.#token(), opened]).then(
      ([token]) => this.#opened(attempt, token),
      (error) => this.#failed(attempt, error),
    );
    this.#planAnother(this.#patienceMs);
  }

  /** @param {number} waitMs */
  #planAnother(waitMs) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#next(), waitMs);
  }

  /** The line is there; the token may take its time. @param {Attempt} attempt */
  #reached(attempt) {
    if (attempt !== this.#current) return;
    bestMs = Math.min(bestMs, performance.now() - attempt.sinceMs);
    this.#planAnother(LONGEST_PATIENCE_MS);
  }

  /** @param {Attempt} attempt @param {Token} token */
  #opened(attempt, token) {
    if (attempt !== this.#current) return;
    this.pause();
    attempt.token = token;
    this.#listener.opened(attempt.socket, token);
  }

  /** @param {Attempt} attempt @param {unknown} error */
  #failed(attempt, error) {
    if (attempt !== this.#current) return;
    this.#current = null;
    this.#listener.tokenFailed(attempt.socket, error);
  }

  /** @param {WebSocket} socket @param {number} code */
  #ended(socket, code) {
    if (this.#current?.socket === socket) this.#current = null;
    this.#listener.ended(socket, code);
  }

  #drop() {
    const dropped = this.#current;
    this.#current = null;
    if (dropped) discard(dropped.socket);
  }
}

/** Its close event may be minutes away: nobody waits for it. @param {WebSocket} socket */
export function discard(socket) {
  socket.onclose = null;
  socket.close();
}
