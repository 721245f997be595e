/** The button that shows one's screen to everybody in the call. */

import { announce } from "../announce.js";
import { canShareScreen } from "../call/screenshare.js";
import { setText } from "./tiles.js";

/** @typedef {import("../call/consultation.js").Consultation} Consultation */

const STARTED = "Everyone in the call sees what you share.";
const STOPPED = "You share nothing any more.";
const REFUSED = "Nothing is shared.";

export class Sharing {
  #button;
  #consultation;
  #isOn = false;

  /** @param {HTMLElement} root the section made by the macro `stage` @param {Consultation} consultation */
  constructor(root, consultation) {
    this.#button = /** @type {HTMLElement} */ (root.querySelector("[data-share]"));
    this.#consultation = consultation;
    this.#button.addEventListener("click", () => void this.#toggle());
    consultation.addEventListener("change", () => this.#refresh());
    this.#refresh();
  }

  async #toggle() {
    const { screen } = this.#consultation.local;
    if (screen.picture) screen.stop();
    else if (!(await screen.start())) announce(REFUSED);
  }

  #refresh() {
    const { phase, local } = this.#consultation;
    const isOn = local.screen.picture !== null;
    this.#button.hidden = phase !== "admitted" || !canShareScreen();
    this.#button.dataset["on"] = isOn ? "yes" : "no";
    const label = this.#button.querySelector("[data-label]");
    if (label) setText(label, isOn ? "Stop sharing" : "Share screen");
    if (isOn !== this.#isOn) announce(isOn ? STARTED : STOPPED);
    this.#isOn = isOn;
  }
}
