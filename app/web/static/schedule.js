/**
 * Moving an appointment within the calendar: dragged to a free time, or by keyboard. "Move" begins
 * it; arrow keys go over the free times, Enter asks, Escape leaves.
 */

import { announce } from "./announce.js";
import { bindDialogs } from "./record/dialogs.js";
import { neighbour } from "./schedule/neighbour.js";
import { walk } from "./schedule/walking.js";

const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("move"));
const form = /** @type {HTMLFormElement} */ (dialog.querySelector("form"));
const BEFORE_NOW_PIXELS = 88;
const ARROWS = new Set(["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"]);
/** @type {HTMLElement | null} */
let dragged = null;
/** The id of the appointment for which a free time is being chosen by keyboard. */
let choosing = "";
/** Where the choice stands: kept when the table is fetched anew. */
let standing = { start: "", practitioner: "" };

bindDialogs();
document.querySelector("[data-today]")?.scrollIntoView({ block: "nearest", inline: "center" });
showNow();
dialog.querySelector("[data-closes]")?.addEventListener("click", () => dialog.close());
dialog.addEventListener("close", () => leave("The appointment stays where it is."));

document.addEventListener("dragstart", (event) => {
  dragged = closest(event.target, "[data-appointment]");
  if (!dragged) return;
  event.dataTransfer?.setData("text/plain", "");
  document.body.classList.add("app-dragging");
  dim(dragged);
});
document.addEventListener("dragend", () => {
  document.body.classList.remove("app-dragging");
  dim(null);
  dragged = null;
});
document.addEventListener("dragover", (event) => {
  if (dragged) unfold(dragged, event.target);
  if (dragged && freeFor(dragged, event.target)) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  const target = dragged && freeFor(dragged, event.target);
  if (!dragged || !target) return;
  event.preventDefault();
  ask(dragged, target);
});

document.addEventListener("click", (event) => {
  const button = closest(event.target, "[data-move]");
  if (button) {
    begin(button.dataset["move"] ?? "");
    return;
  }
  const appointment = appointmentOf(choosing);
  if (!appointment || !closest(event.target, "[data-free]")) return;
  event.preventDefault();
  const target = freeFor(appointment, event.target);
  if (target) ask(appointment, target);
  else announce("That is a time of another service.");
});
document.addEventListener("keydown", (event) => {
  if (dialog.open) return;
  if (!choosing) {
    walk(event);
  } else if (event.key === "Escape") {
    event.preventDefault();
    leave("The appointment stays where it is.");
  } else if (ARROWS.has(event.key)) {
    event.preventDefault();
    go(event.key);
  }
});
document.addEventListener("fragment:updated", () => {
  if (choosing) stay();
});

/** The day opens at the present time, with what was just before it in sight. */
function showNow() {
  const row = document.querySelector('[data-grid] [aria-current="time"]')?.closest("tr");
  const grid = row?.closest("[data-grid]");
  const head = grid?.querySelector("thead");
  if (!row || !grid || !head) return;
  grid.scrollTop = row.offsetTop - head.offsetHeight - BEFORE_NOW_PIXELS;
}

/** @param {string} id */
function begin(id) {
  const appointment = appointmentOf(id);
  if (!appointment) return;
  choosing = id;
  document.body.classList.add("app-choosing");
  dim(appointment);
  const places = offered();
  if (places.length === 0) {
    leave("There is no free time for this service on this page. Open another day or week first.");
    return;
  }
  const first = nearest(appointment, places);
  if (first) stand(first);
  announce(`Moving ${appointment.dataset["name"]}. ${hint()} ${first?.dataset["words"] ?? ""}`);
}

function hint() {
  return document.getElementById("choosing-hint")?.textContent ?? "";
}

/** The free time nearest to the appointment's own, with the same person if two are as near. */
/** @param {HTMLElement} appointment @param {HTMLElement[]} places */
function nearest(appointment, places) {
  const { start = "", practitioner } = appointment.dataset;
  const away = (/** @type {HTMLElement} */ place) =>
    Math.abs(Date.parse(place.dataset["start"] ?? "") - Date.parse(start)) +
    (place.dataset["practitioner"] === practitioner ? 0 : 1);
  return [...places].sort((one, other) => away(one) - away(other))[0];
}

/** @param {string} key */
function go(key) {
  const places = offered();
  const current = places.findIndex(isStanding);
  const next = places[neighbour(places.map(placeOf), Math.max(current, 0), key)];
  if (next) stand(next);
}

/** @param {HTMLElement} place */
function placeOf(place) {
  return {
    column: Number(place.dataset["column"]),
    start: Date.parse(place.dataset["start"] ?? ""),
    wall: place.getBoundingClientRect().top,
  };
}

/** @param {HTMLElement} place */
function stand(place) {
  standing = {
    start: place.dataset["start"] ?? "",
    practitioner: place.dataset["practitioner"] ?? "",
  };
  for (const each of offered()) {
    each.tabIndex = each === place ? 0 : -1;
    each.classList.toggle("app-slot--chosen", each === place);
  }
  place.focus();
  place.scrollIntoView({ block: "nearest", inline: "nearest" });
  announce(place.dataset["words"] ?? "");
}

/** The table is new: the choice stands where it stood, or where that time was. */
function stay() {
  const places = offered();
  const same = places.find(isStanding);
  dim(appointmentOf(choosing));
  if (!appointmentOf(choosing)) {
    leave("Somebody else has just changed this appointment.");
  } else if (same) {
    for (const each of places) each.tabIndex = each === same ? 0 : -1;
    same.classList.add("app-slot--chosen");
  } else {
    const later = places.find((place) => (place.dataset["start"] ?? "") >= standing.start);
    const next = later ?? places[places.length - 1];
    if (!next) leave("The last free time on this page was just taken.");
    else {
      stand(next);
      announce(`That time was just taken. ${next.dataset["words"] ?? ""}`);
    }
  }
}

/** @param {string} why */
function leave(why) {
  if (!choosing) return;
  const button = document.querySelector(`[data-move="${CSS.escape(choosing)}"]`);
  choosing = "";
  document.body.classList.remove("app-choosing");
  dim(null);
  for (const each of document.querySelectorAll("[data-free]")) {
    each.removeAttribute("tabindex");
    each.classList.remove("app-slot--chosen");
  }
  if (button instanceof HTMLElement) button.focus();
  announce(why);
}

/** Free times of the service that is moved, in reading order; those folded away are unfolded. */
/** @returns {HTMLElement[]} */
function offered() {
  const service = appointmentOf(choosing)?.dataset["service"] ?? "";
  const found = [
    .../** @type {NodeListOf<HTMLElement>} */ (
      document.querySelectorAll(`[data-free][data-service="${CSS.escape(service)}"]`)
    ),
  ];
  for (const each of found) {
    const folded = each.closest("details");
    if (folded) folded.open = true;
  }
  return found;
}

/** The free time there, if it is of the appointment's own service: another is another booking. */
/** @param {HTMLElement} appointment @param {EventTarget | null} there */
function freeFor(appointment, there) {
  const place = closest(there, "[data-free]");
  return place && isOf(appointment, place) ? place : null;
}

/** Several free times that stand folded are shown to whoever drags something to them. */
/** @param {HTMLElement} appointment @param {EventTarget | null} there */
function unfold(appointment, there) {
  const folded = closest(there, "details");
  if (!(folded instanceof HTMLDetailsElement) || folded.open) return;
  const places = /** @type {NodeListOf<HTMLElement>} */ (folded.querySelectorAll("[data-free]"));
  folded.open = [...places].some((place) => isOf(appointment, place));
}

/** @param {HTMLElement} appointment @param {HTMLElement} place */
function isOf(appointment, place) {
  return place.dataset["service"] === appointment.dataset["service"];
}

/** Show which free times are not for this appointment; for none, all are as ever. */
/** @param {HTMLElement | null} appointment */
function dim(appointment) {
  const all = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-free]"));
  for (const each of all) {
    each.classList.toggle("app-slot--other", appointment !== null && !isOf(appointment, each));
  }
}

/** @param {HTMLElement} place */
function isStanding(place) {
  const { start, practitioner } = place.dataset;
  return start === standing.start && practitioner === standing.practitioner;
}

/** @param {string} id @returns {HTMLElement | null} */
function appointmentOf(id) {
  return id ? document.querySelector(`[data-appointment="${CSS.escape(id)}"]`) : null;
}

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
