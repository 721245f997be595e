/**
 * A call that somebody left, or that goes on elsewhere: the page says so, and goes back into it
 * only when asked to, not by being opened again.
 */

import { setText } from "../stage/tiles.js";

/** Close code: left by a person's own wish (messages/closing.py). */
const LEFT = 4508;

export class LeftCall {
  #panel;
  #key;

  /** @param {HTMLElement} panel with words and a button @param {string} request */
  constructor(panel, request) {
    this.#panel = panel;
    this.#key = `left-call/${request}`;
    panel.querySelector("button")?.addEventListener("click", () => {
      this.forget();
      location.reload();
    });
  }

  /** Whether this tab is to stay out of the call; then it says so. */
  staysOut() {
    const words = sessionStorage.getItem(this.#key);
    if (words) this.#show(words);
    return words !== null;
  }

  /** @param {string} reason @param {number | null} code */
  left(reason, code) {
    if (code === LEFT) sessionStorage.setItem(this.#key, reason);
    this.#show(reason);
  }

  /** That call is over, or somebody else is rung: whoever answers finds the crew. */
  forget() {
    sessionStorage.removeItem(this.#key);
    this.#panel.hidden = true;
  }

  /** @param {string} words */
  #show(words) {
    this.#panel.hidden = false;
    setText(/** @type {HTMLElement} */ (this.#panel.querySelector("[data-left-words]")), words);
  }
}
