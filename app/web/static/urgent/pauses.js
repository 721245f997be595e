/**
 * What is typed is entered after a pause. Nobody pauses before turning back or locking the phone,
 * and some type on and on: then it is entered all the same.
 */

const PAUSE_MS = 600;
/** Whoever types without a pause loses no more than this when the phone dies. */
const LONGEST_MS = 3_000;

/** @typedef {{ since: number, timer: number, act: () => void }} Waiting `since` in performance.now */

export class Pauses {
  /** @type {Map<Element, Waiting>} */
  #waiting = new Map();

  constructor() {
    // On `pagehide` it would be too late to keep anything. A page lives on until the next answers:
    // that is mostly time enough to seal and to store; where it is not, these words are lost.
    addEventListener("beforeunload", () => this.end());
    document.addEventListener("visibilitychange", () => document.hidden && this.end());
  }

  /**
   * Once, however often it is asked for meanwhile; the last `act` counts.
   *
   * @param {Element} field
   * @param {() => void} act
   */
  after(field, act) {
    const { since = performance.now(), timer } = this.#waiting.get(field) ?? {};
    clearTimeout(timer);
    const wait = Math.min(PAUSE_MS, since + LONGEST_MS - performance.now());
    this.#waiting.set(field, { since, act, timer: setTimeout(() => this.#endOne(field), wait) });
  }

  /** There is no time for pauses. */
  end() {
    for (const field of [...this.#waiting.keys()]) this.#endOne(field);
  }

  /** @param {Element} field */
  #endOne(field) {
    const waiting = this.#waiting.get(field);
    this.#waiting.delete(field);
    clearTimeout(waiting?.timer);
    waiting?.act();
  }
}
