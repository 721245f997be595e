/**
 * The consultation's socket: positions, resume and nothing said twice.
 * The messages themselves are in messages.d.ts, generated from the server's models.
 */

import { ResumingSocket } from "./socket.js";

export { TokenRefused, backOffMs, isFinal, tokenFrom } from "./socket.js";

/**
 * @typedef {import("./socket.js").AnyMessage} AnyMessage
 *
 * @typedef {object} Position
 * @property {string} epoch changes when the server's log is lost
 * @property {number} seq
 */

export class SignallingSocket extends ResumingSocket {
  /** @type {Position | null} */
  #position = null;

  /** @override */
  resumePosition() {
    return this.#position;
  }

  /** As if the page had just been opened: with a snapshot of everything. */
  rejoin() {
    this.#position = null;
    this.reconnect();
  }

  /**
   * A snapshot sets the position; everything else follows one by one. A message that was applied
   * before (it can come again after a resume) is dropped, and a gap makes us ask for what is
   * missing.
   *
   * @override
   * @param {AnyMessage} message
   */
  accept(message) {
    // It has no number: the newest counts.
    if (message.type === "photo") return true;
    // Worth something only at once: it has no place among the others.
    if (message.type === "pointed") return this.#position !== null;
    const epoch = String(message["epoch"]);
    const seq = Number(message["seq"]);
    if (message.type === "welcome") {
      if (!message["resumed"]) this.#position = { epoch, seq };
      return true;
    }
    if (!this.#position || epoch !== this.#position.epoch) return false;
    if (seq <= this.#position.seq) return false;
    if (seq > this.#position.seq + 1) {
      this.reconnect();
      return false;
    }
    this.#position = { epoch, seq };
    return true;
  }
}
