/** One yes or no at a time, large, over the picture. Nobody's typing is interrupted by it. */

import { announce } from "../announce.js";
import { setText } from "../stage/tiles.js";

/** Longer than this, whoever asked has asked again or gone on. */
const OPEN_MS = 60_000;

export class Question {
  /** @type {HTMLElement} */
  #root;
  #last = Promise.resolve(false);

  /** @param {HTMLElement} root holds `data-question-words`, `data-yes` and `data-no` */
  constructor(root) {
    this.#root = root;
  }

  /**
   * @param {string} words
   * @param {string} yes
   * @param {string} no
   * @param {AbortSignal} withdrawn aborted when nobody asks any more
   * @returns {Promise<boolean>} false for no, for no answer, and where it was withdrawn
   */
  ask(words, yes, no, withdrawn) {
    this.#last = this.#last.then(() => !withdrawn.aborted && this.#show(words, yes, no, withdrawn));
    return this.#last;
  }

  /**
   * @param {string} words
   * @param {string} yes
   * @param {string} no
   * @param {AbortSignal} withdrawn
   * @returns {Promise<boolean>}
   */
  #show(words, yes, no, withdrawn) {
    setText(this.#find("[data-question-words]"), words);
    setText(this.#find("[data-yes]"), yes);
    setText(this.#find("[data-no]"), no);
    this.#root.hidden = false;
    announce(words);
    navigator.vibrate?.(200);
    return new Promise((resolve) => {
      const ended = new AbortController();
      const end = (/** @type {boolean} */ answer) => {
        clearTimeout(timer);
        ended.abort();
        this.#root.hidden = true;
        resolve(answer);
      };
      const timer = setTimeout(() => end(false), OPEN_MS);
      withdrawn.addEventListener("abort", () => end(false), { signal: ended.signal });
      this.#find("[data-yes]").onclick = () => end(true);
      this.#find("[data-no]").onclick = () => end(false);
    });
  }

  /** @param {string} selector @returns {HTMLElement} */
  #find(selector) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(selector));
  }
}
