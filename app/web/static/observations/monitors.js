/** Which monitor is on this patient: the crew puts one on or takes it off. */

import { ask } from "./asking.js";

/** @param {Document} root */
export function bindMonitors(root) {
  root.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    const place = target.closest("[data-monitors]");
    if (!(place instanceof HTMLElement)) return;
    const ending = target.closest("[data-end-link]");
    if (ending instanceof HTMLElement) void end(place, ending);
    if (target.closest("[data-link-monitor]")) void link(place);
  });
}

/** @param {HTMLElement} place */
async function link(place) {
  const choice = /** @type {HTMLSelectElement} */ (place.querySelector("select"));
  const path = `/api/v1/service-requests/${place.dataset["monitors"]}/monitors`;
  await tell(place, ask(path, "POST", { monitor_id: choice.value }));
}

/** @param {HTMLElement} place @param {HTMLElement} button */
async function end(place, button) {
  const path = `/api/v1/monitor-links/${button.dataset["endLink"]}/end`;
  await tell(place, ask(path, "POST", { wrong: "wrong" in button.dataset }));
}

/** The fragment itself follows by its event. @param {HTMLElement} place @param {Promise<string>} asked */
async function tell(place, asked) {
  const status = /** @type {HTMLElement} */ (place.querySelector("[data-monitor-status]"));
  status.textContent = "One moment…";
  status.textContent = await asked;
}
