/** Adding a measurement; the list above is a live piece of the page. */

import { announce } from "../announce.js";
import { sendForm, showProblem } from "./form.js";

/** @param {HTMLFormElement} form */
export function bindObservations(form) {
  const code = /** @type {HTMLSelectElement} */ (form.elements.namedItem("code"));
  const value = /** @type {HTMLInputElement} */ (form.elements.namedItem("value"));
  const unit = /** @type {HTMLElement} */ (form.querySelector("[data-unit-shown]"));
  const problem = /** @type {HTMLElement} */ (form.querySelector("[data-observation-error]"));
  const showUnit = () => {
    const option = code.selectedOptions[0];
    const choices = option?.dataset["choices"];
    const words = choices ? choices.split("|").join(", ") : (option?.dataset["unit"] ?? "");
    unit.textContent = words ? ` (${words})` : "";
    value.inputMode = choices ? "text" : "decimal";
  };
  code.addEventListener("change", showUnit);
  showUnit();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const sent = await sendForm(form.action, new FormData(form));
    showProblem(problem, sent.problem);
    if (!sent.ok) return;
    value.value = "";
    value.focus();
    announce("Added.");
  });
}
