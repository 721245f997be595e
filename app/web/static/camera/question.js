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
   * @returns {Promise<boolean>} false for no, and for no answer
   */
  ask(words, yes, no) {
    this.#last = this.#last.then(() => this.#show(words, yes, no));
    return this.#last;
  }

  /** @param {string} words @param {string} yes @param {string} no @returns {Promise<boolean>} */
  #show(words, yes, no) {
    setText(this.#find("[data-question-words]"), words);
    setText(this.#find("[data-yes]"), yes);
    setText(this.#find("[data-no]"), no);
    this.#root.hidden = false;
    announce(words);
    navigator.vibrate?.(200);
    return new Promise((resolve) => {
      const end = (/** @type {boolean} */ answer) => {
        clearTimeout(timer);
        this.#root.hidden = true;
        resolve(answer);
      };
      const timer = setTimeout(() => end(false), OPEN_MS);
      this.#find("[data-yes]").onclick = () => end(true);
      this.#find("[data-no]").onclick = () => end(false);
    });
  }

  /** @param {string} selector @returns {HTMLElement} */
  #find(selector) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(selector));
  }
}
