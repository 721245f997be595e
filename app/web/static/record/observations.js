/** Adding a measurement; the list above is a live piece of the page. */

import { announce } from "../announce.js";
import { sendForm, showProblem } from "./form.js";

/** @param {HTMLFormElement} form */
export function bindObservations(form) {
  const code = /** @type {HTMLSelectElement} */ (form.elements.namedItem("code"));
  const measured = /** @type {HTMLElement} */ (form.querySelector("[data-measured]"));
  const value = /** @type {HTMLInputElement} */ (measured.querySelector("input"));
  const unit = /** @type {HTMLElement} */ (form.querySelector("[data-unit-shown]"));
  const problem = /** @type {HTMLElement} */ (form.querySelector("[data-observation-error]"));
  const show = () => {
    const words = code.selectedOptions[0]?.dataset["unit"] ?? "";
    unit.textContent = words ? ` (${words})` : "";
    let isCoded = false;
    for (const group of form.querySelectorAll("[data-choices]")) {
      const isIt = group.getAttribute("data-choices") === code.value;
      isCoded ||= isIt;
      enable(/** @type {HTMLElement} */ (group), isIt);
    }
    enable(measured, !isCoded);
  };
  code.addEventListener("change", show);
  show();
  // One reading however often it is sent; what was changed since is another.
  let id = crypto.randomUUID();
  form.addEventListener("input", () => {
    id = crypto.randomUUID();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const reading = new FormData(form);
    reading.set("id", id);
    const sent = await sendForm(form.action, reading);
    showProblem(problem, sent.problem);
    if (!sent.ok) return;
    id = crypto.randomUUID();
    value.value = "";
    if (!measured.hidden) value.focus();
    announce("Added.");
  });
}

/** A field that is not shown is not sent. @param {HTMLElement} group @param {boolean} on */
function enable(group, on) {
  group.hidden = !on;
  const field = /** @type {HTMLInputElement | HTMLSelectElement | null} */ (
    group.querySelector("input, select")
  );
  if (field) field.disabled = !on;
}
