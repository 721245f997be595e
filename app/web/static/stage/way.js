/** How a call's sound and picture travel, and in a direct call the code that both compare. */

import { announce } from "../announce.js";
import { setText } from "./tiles.js";

/** @typedef {import("../call/consultation.js").Consultation} Consultation */

const NAMES = { direct: ", direct", forwarded: "", recorded: ", recorded" };
const WORDS = {
  direct: "Sound and picture go straight from one device to the other.",
  forwarded: "Sound and picture go through this service.",
  recorded: "Sound and picture go through this service, which records them.",
};

export class Way {
  #root;
  #consultation;
  #code = "";

  /** @param {HTMLElement} root the section made by the macro `stage` @param {Consultation} consultation */
  constructor(root, consultation) {
    this.#root = root;
    this.#consultation = consultation;
    consultation.addEventListener("change", () => this.#refresh());
    this.#refresh();
  }

  #refresh() {
    const { way, code, phase } = this.#consultation;
    const sign = this.#find("[data-quality]");
    sign.dataset["way"] = way;
    setText(this.#find("[data-way-name]"), NAMES[way]);
    setText(this.#find("[data-way-words]"), phase === "admitted" ? WORDS[way] : "");
    this.#find("[data-way-check]").hidden = code === "";
    setText(this.#find("[data-way-code]"), code);
    // Whoever is reading it out has to know that it is not to be relied on any more.
    const isChecking = sign instanceof HTMLDetailsElement && sign.open;
    if (isChecking && this.#code && code !== this.#code) announce(code ? "The code has changed." : WORDS[way]);
    this.#code = code;
  }

  /** @param {string} selector @returns {HTMLElement} */
  #find(selector) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(selector));
  }
}
