/** What NEWS2 needs to be told: the oxygen scale, and whether the patient is pregnant. */

import { ask } from "./asking.js";

/**
 * @callback Keep says on `status` how it stands
 * @param {string} path
 * @param {"PUT" | "PATCH"} method
 * @param {object} body
 * @param {HTMLElement} status
 * @returns {Promise<string>} empty, or why it was refused
 */

/** @param {ParentNode} root @param {Keep} [keep] */
export function bindChoices(root, keep = askOnce) {
  for (const group of root.querySelectorAll("[data-scale]")) {
    if (group instanceof HTMLElement) bindScale(group, keep);
  }
  for (const group of root.querySelectorAll("[data-pregnant]")) {
    if (group instanceof HTMLElement) bindPregnant(group, keep);
  }
}

/** @type {Keep} */
async function askOnce(path, method, body, status) {
  status.textContent = "Saving…";
  const problem = await ask(path, method, body);
  status.textContent = problem || "Saved";
  return problem;
}

/** @param {HTMLElement} group @param {Keep} keep */
function bindScale(group, keep) {
  const status = /** @type {HTMLElement} */ (group.querySelector("[data-scale-status]"));
  const path = `/api/v1/service-requests/${group.dataset["scale"]}/oxygen-scale`;
  group.addEventListener("change", (event) => {
    const scale = Number(/** @type {HTMLInputElement} */ (event.target).value);
    void keep(path, "PUT", { scale }, status);
  });
}

/** @param {HTMLElement} group @param {Keep} keep */
function bindPregnant(group, keep) {
  const box = /** @type {HTMLInputElement} */ (group.querySelector("input"));
  const status = /** @type {HTMLElement} */ (group.querySelector("[data-pregnant-status]"));
  const path = `/api/v1/service-requests/${group.dataset["pregnant"]}`;
  box.addEventListener("change", async () => {
    const wanted = box.checked;
    const problem = await keep(path, "PATCH", { pregnant: wanted }, status);
    if (problem && box.checked === wanted) box.checked = !wanted;
  });
}
