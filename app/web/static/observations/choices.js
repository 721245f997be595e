/** What NEWS2 needs to be told: the oxygen scale, and whether the patient is pregnant. */

import { ask } from "./asking.js";

/** @param {ParentNode} root */
export function bindChoices(root) {
  for (const group of root.querySelectorAll("[data-scale]")) {
    if (group instanceof HTMLElement) bindScale(group);
  }
  for (const group of root.querySelectorAll("[data-pregnant]")) {
    if (group instanceof HTMLElement) bindPregnant(group);
  }
}

/** @param {HTMLElement} group */
function bindScale(group) {
  const status = /** @type {HTMLElement} */ (group.querySelector("[data-scale-status]"));
  const path = `/api/v1/service-requests/${group.dataset["scale"]}/oxygen-scale`;
  group.addEventListener("change", async (event) => {
    const scale = Number(/** @type {HTMLInputElement} */ (event.target).value);
    status.textContent = "Saving…";
    status.textContent = (await ask(path, "PUT", { scale })) || `Scale ${scale} is used.`;
  });
}

/** @param {HTMLElement} group */
function bindPregnant(group) {
  const box = /** @type {HTMLInputElement} */ (group.querySelector("input"));
  const status = /** @type {HTMLElement} */ (group.querySelector("[data-pregnant-status]"));
  const path = `/api/v1/service-requests/${group.dataset["pregnant"]}`;
  box.addEventListener("change", async () => {
    status.textContent = "Saving…";
    const problem = await ask(path, "PATCH", { pregnant: box.checked });
    status.textContent = problem || "Saved";
    if (problem) box.checked = !box.checked;
  });
}
