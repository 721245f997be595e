/** Vital signs as big steppers, each saved on its own. */

import { serverNow } from "../clock.js";
import { SAVE_AFTER_MS, save, saveUntilDone } from "./saving.js";
import { stepBy } from "./stepping.js";

/** @param {ParentNode} root @param {string} base the request's address in the API */
export function bindVitals(root, base) {
  for (const stepper of root.querySelectorAll("[data-vital]")) {
    if (stepper instanceof HTMLElement) bindVital(stepper, base);
  }
}

/** @param {HTMLElement} stepper @param {string} base the request's address in the API */
function bindVital(stepper, base) {
  const field = /** @type {HTMLInputElement | HTMLSelectElement} */ (stepper.querySelector("input, select"));
  const status = /** @type {HTMLElement} */ (stepper.querySelector("[data-saved]"));
  let timer = 0;
  let saved = field.value;
  const record = () => {
    if (field.value === "" || field.value === saved) return;
    const entered = field.value;
    saved = entered;
    const code = stepper.dataset["vital"] ?? "";
    const value = field instanceof HTMLInputElement ? { value: Number(entered) } : { text_value: entered };
    const observation = { code, ...value, taken_at: new Date(serverNow()).toISOString() };
    void saveUntilDone(() => save(`${base}/observations`, "POST", observation), status);
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(record, SAVE_AFTER_MS);
  };
  field.addEventListener("change", soon);
  for (const button of stepper.querySelectorAll("button")) {
    button.addEventListener("click", () => {
      stepBy(/** @type {HTMLInputElement} */ (field), Number(button.dataset["step"]));
      soon();
    });
  }
}
