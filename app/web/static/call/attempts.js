/** Connections on their way: several beside each other, since one may have gone into a hole. */

const FIRST_BACK_OFF_MS = 500;
const LONGEST_BACK_OFF_MS = 30_000;
/** To open, on a slow mobile network. */
const OPEN_DEADLINE_MS = 10_000;
/** A connection that does not open is not waited for: another is tried beside it, and again. What
 * was sent into a hole is sent again by TCP only after 1, 3 and 7 s. Not more often: Chromium holds
 * back, by up to 5 s, who has failed too often (services/network/websocket_throttler.cc). */
const ANOTHER_AFTER_MS = [500, 600, 800];
const OFTEN_MS = 1_000;
const OFTEN_FOR = 12;
const LONGEST_ANOTHER_MS = 5_000;
/** The oldest of them has all the time there is; the younger ones make room for each other. */
const MOST_ATTEMPTS = 3;

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

export class Attempts {
  /** The oldest first; with a token once opened. @type {Map<WebSocket, Token | null>} */
  #all = new Map();
  #made = 0;
  #timer = 0;
  /** @type {string} */
  #url;
  /** @type {() => Promise<Token>} */
  #token;
  /** @type {Listener} */
  #listener;

  /**
   * @param {string} url
   * @param {() => Promise<Token>} token
   * @param {Listener} listener
   */
  constructor(url, token, listener) {
    this.#url = url;
    this.#token = token;
    this.#listener = listener;
  }

  get isEmpty() {
    return this.#all.size === 0;
  }

  /** The first that has opened, and its token. @returns {[WebSocket, Token] | null} */
  get opened() {
    for (const [socket, token] of this.#all) if (token) return [socket, token];
    return null;
  }

  /** From the start: the pauses are short again. */
  begin() {
    this.#made = 0;
    this.#attempt();
  }

  /** This one is to be used, the others are not needed. @param {WebSocket} socket */
  take(socket) {
    this.#all.delete(socket);
    this.stop();
  }

  stop() {
    this.pause();
    for (const socket of [...this.#all.keys()]) this.#abandon(socket);
  }

  /** No more of them; those that are on their way go on. */
  pause() {
    clearTimeout(this.#timer);
  }

  /** One more connection, and after a while another, until one of them has opened. */
  #attempt() {
    const socket = new WebSocket(this.#url);
    this.#all.set(socket, null);
    const [, second] = this.#all.keys();
    if (this.#all.size > MOST_ATTEMPTS && second) this.#abandon(second);
    const tooLate = () => this.#all.get(socket) === null && this.#abandon(socket);
    const late = setTimeout(tooLate, OPEN_DEADLINE_MS);
    socket.onclose = (event) => this.#ended(socket, event.code);
    socket.onmessage = (event) => this.#listener.heard(socket, String(event.data));
    const opened = new Promise((resolve) => (socket.onopen = resolve));
    Promise.all([this.#token(), opened]).then(
      ([token]) => this.#opened(socket, token, late),
      (error) => this.#all.delete(socket) && this.#listener.tokenFailed(socket, error),
    );
    this.#planAnother();
  }

  #planAnother() {
    clearTimeout(this.#timer);
    const later = OFTEN_MS * 1.25 ** Math.max(0, this.#made - OFTEN_FOR);
    const wait = ANOTHER_AFTER_MS[this.#made] ?? Math.min(LONGEST_ANOTHER_MS, later);
    this.#made += 1;
    this.#timer = setTimeout(() => this.#attempt(), wait);
  }

  /** @param {WebSocket} socket @param {Token} token @param {number} late */
  #opened(socket, token, late) {
    clearTimeout(late);
    if (!this.#all.has(socket)) return;
    this.pause();
    this.#all.set(socket, token);
    this.#listener.opened(socket, token);
  }

  /** @param {WebSocket} socket @param {number} code */
  #ended(socket, code) {
    this.#all.delete(socket);
    this.#listener.ended(socket, code);
  }

  /** @param {WebSocket} socket */
  #abandon(socket) {
    this.#all.delete(socket);
    discard(socket);
  }
}

/** Its close event may be minutes away: nobody waits for it. @param {WebSocket} socket */
export function discard(socket) {
  socket.onclose = null;
  socket.close();
}
