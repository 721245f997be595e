/** Dragging an appointment to a free time; the keyboard's way is the appointment's own page. */

import { bindDialogs } from "./record/dialogs.js";

const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("move"));
const form = /** @type {HTMLFormElement} */ (dialog.querySelector("form"));
/** @type {HTMLElement | null} */
let dragged = null;

bindDialogs();
dialog.querySelector("[data-closes]")?.addEventListener("click", () => dialog.close());

document.addEventListener("dragstart", (event) => {
  dragged = closest(event.target, "[data-appointment]");
  if (!dragged) return;
  event.dataTransfer?.setData("text/plain", "");
  document.body.classList.add("app-dragging");
});
document.addEventListener("dragend", () => {
  document.body.classList.remove("app-dragging");
  dragged = null;
});
document.addEventListener("dragover", (event) => {
  if (dragged && closest(event.target, "[data-free]")) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  const target = closest(event.target, "[data-free]");
  if (!dragged || !target) return;
  event.preventDefault();
  ask(dragged, target);
});

/** @param {HTMLElement} appointment @param {HTMLElement} free */
function ask(appointment, free) {
  const words = dialog.querySelector("[data-move-words]");
  if (words) words.textContent = `${appointment.dataset["name"]} to ${free.dataset["words"]}.`;
  form.action = `/appointments/${appointment.dataset["appointment"]}/move`;
  set("start", free.dataset["start"]);
  set("practitioner_id", free.dataset["practitioner"]);
  set("service_id", free.dataset["service"]);
  set("version", appointment.dataset["version"]);
  dialog.showModal();
}

/** @param {string} name @param {string | undefined} value */
function set(name, value) {
  const field = form.elements.namedItem(name);
  if (field instanceof HTMLInputElement) field.value = value ?? "";
}

/** @param {EventTarget | null} target @param {string} selector @returns {HTMLElement | null} */
function closest(target, selector) {
  return target instanceof Element ? target.closest(selector) : null;
}
