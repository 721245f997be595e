/**
 * Vital signs as big steppers, each saved on its own. A value that is possible but unusual is asked
 * about first: a slip of the finger is likelier.
 */

import { serverNow } from "../clock.js";
import { Pauses } from "./pauses.js";
import { save, saveUntilDone } from "./saving.js";
import { stepBy } from "./stepping.js";

/** @param {ParentNode} root @param {string} base the request's address in the API */
export function bindVitals(root, base) {
  const pauses = new Pauses();
  for (const stepper of root.querySelectorAll("[data-vital]")) {
    if (stepper instanceof HTMLElement) bindVital(stepper, base, pauses);
  }
}

/** @param {HTMLElement} stepper @param {string} base the request's address in the API @param {Pauses} pauses */
function bindVital(stepper, base, pauses) {
  const field = /** @type {HTMLInputElement | HTMLSelectElement} */ (stepper.querySelector("input, select"));
  const status = /** @type {HTMLElement} */ (stepper.querySelector("[data-saved]"));
  const question = new Question(stepper);
  let saved = field.value;
  const keep = (/** @type {string} */ entered, /** @type {string} */ takenAt, /** @type {boolean} */ confirmed) => {
    saved = entered;
    const code = stepper.dataset["vital"] ?? "";
    const value = field instanceof HTMLInputElement ? { value: Number(entered) } : { text_value: entered };
    // The id is made once: however often it has to be sent, it is one reading.
    const observation = { id: newId(), code, ...value, taken_at: takenAt, confirmed };
    void saveUntilDone(() => save(`${base}/observations`, "POST", observation), status);
  };
  const record = () => {
    delete stepper.dataset["typing"];
    const entered = field.value;
    question.close();
    if (entered === "" || entered === saved) return;
    const takenAt = new Date(serverNow()).toISOString();
    if (isLikely(stepper, Number(entered))) keep(entered, takenAt, false);
    else question.ask(entered, () => keep(entered, takenAt, true), () => field.focus());
  };
  const soon = () => {
    stepper.dataset["typing"] = "";
    pauses.after(stepper, record);
  };
  field.addEventListener("input", () => (stepper.dataset["typing"] = ""));
  field.addEventListener("change", soon);
  for (const button of stepper.querySelectorAll("[data-step]")) {
    button.addEventListener("click", () => {
      stepBy(/** @type {HTMLInputElement} */ (field), Number(button.getAttribute("data-step")));
      soon();
    });
  }
}

/** Coded signs are always likely. @param {HTMLElement} stepper @param {number} value */
function isLikely(stepper, value) {
  const low = stepper.dataset["likelyLow"];
  const high = stepper.dataset["likelyHigh"];
  if (low === undefined || high === undefined) return true;
  return Number(low) <= value && value <= Number(high);
}

/** "Pulse 24: is that right?", in the place of the field it is about. */
class Question {
  /** @type {HTMLElement} */
  #place;
  #name = "";
  #yes = () => {};
  #no = () => {};

  /** @param {HTMLElement} stepper */
  constructor(stepper) {
    this.#place = /** @type {HTMLElement} */ (stepper.querySelector("[data-ask]"));
    this.#name = stepper.dataset["label"] ?? "";
    const answer = (/** @type {string} */ which, /** @type {() => void} */ act) =>
      this.#place.querySelector(`[data-ask-${which}]`)?.addEventListener("click", () => {
        this.close();
        act();
      });
    answer("yes", () => this.#yes());
    answer("no", () => this.#no());
  }

  /** @param {string} value @param {() => void} yes @param {() => void} no */
  ask(value, yes, no) {
    this.#yes = yes;
    this.#no = no;
    const words = /** @type {HTMLElement} */ (this.#place.querySelector("[data-ask-words]"));
    words.textContent = `${this.#name} ${value} is unusual. Is that right?`;
    this.#place.hidden = false;
  }

  close() {
    this.#place.hidden = true;
  }
}

/** As crypto.randomUUID, which browsers keep from pages without TLS. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
