/** A field of a case's form on the page: its value read and shown, by its kind. */

import { clockOf, dayWords, lastInstantOf } from "./moments.js";

export const NOT_KNOWN = "not-known";

/**
 * @typedef {object} Clock where times are read
 * @property {string} zone IANA name
 * @property {() => number} now the server's time, milliseconds since 1970
 */

/** @param {HTMLElement} field @returns {unknown} as the server keeps it; null is nothing said */
export function valueOf(field) {
  switch (field.dataset["kind"]) {
    case "text":
      return textIn(field).value.trim() || null;
    case "number":
      return inputIn(field).value === "" ? null : Math.round(Number(inputIn(field).value));
    case "flag":
      return inputIn(field).checked;
    case "choice":
      return checkedIn(field)[0] ?? null;
    case "choices":
      return checkedIn(field);
    case "moment":
      return momentIn(field).dataset["stored"] || null;
    default:
      return treatmentIn(field);
  }
}

/** @param {HTMLElement} field @param {unknown} value @param {Clock} clock */
export function show(field, value, clock) {
  switch (field.dataset["kind"]) {
    case "text":
      textIn(field).value = String(value ?? "");
      return;
    case "number":
      inputIn(field).value = String(value ?? "");
      return;
    case "flag":
      inputIn(field).checked = value === true;
      return;
    case "choice":
    case "choices":
      showChecked(field, Array.isArray(value) ? value : [value]);
      return;
    case "moment":
      showMoment(momentIn(field), String(value ?? ""), clock);
      return;
    default:
      field.hidden = value === null;
      showTreatment(field, /** @type {Record<string, string>} */ (value ?? {}), clock);
  }
}

/** Whether anything was said. @param {HTMLElement} field */
export function isAnswered(field) {
  const value = valueOf(field);
  return Array.isArray(value) ? value.length > 0 : value !== null && value !== false;
}

/**
 * A press on Now or Not known, or a time that was typed.
 *
 * @param {HTMLElement} set
 * @param {string} stored an instant, `not-known` or nothing
 * @param {Clock} clock
 */
export function showMoment(set, stored, clock) {
  set.dataset["stored"] = stored;
  const known = stored !== "" && stored !== NOT_KNOWN;
  const instant = Date.parse(stored);
  const time = /** @type {HTMLInputElement} */ (set.querySelector('input[type="time"]'));
  time.value = known ? clockOf(instant, clock.zone) : "";
  const day = set.querySelector("[data-moment-day]");
  if (day) day.textContent = known ? dayWords(instant, clock.zone, clock.now()) : "";
  set
    .querySelector('[data-moment="not-known"]')
    ?.setAttribute("aria-pressed", String(stored === NOT_KNOWN));
}

/** @param {string} time as typed @param {Clock} clock @returns {string} the instant it was last */
export function storedOf(time, clock) {
  if (!time) return "";
  return new Date(lastInstantOf(time, clock.zone, clock.now())).toISOString();
}

/** @param {HTMLElement} field */
function momentIn(field) {
  return /** @type {HTMLElement} */ (field.querySelector("[data-stored]"));
}

/** @param {HTMLElement} field */
function treatmentIn(field) {
  if (field.hidden) return null;
  return {
    what: field.dataset["what"] ?? "other",
    dose: partOf(field, "dose").value.trim(),
    words: partOf(field, "words").value.trim(),
    at: field.dataset["stored"] ?? "",
  };
}

/** @param {HTMLElement} field @param {Record<string, string>} value @param {Clock} clock */
function showTreatment(field, value, clock) {
  field.dataset["what"] = value["what"] ?? "other";
  partOf(field, "dose").value = value["dose"] ?? "";
  partOf(field, "words").value = value["words"] ?? "";
  const at = value["at"] ?? "";
  field.dataset["stored"] = at;
  const known = at !== "" && at !== NOT_KNOWN;
  partOf(field, "time").value = known ? clockOf(Date.parse(at), clock.zone) : "";
}

/** @param {HTMLElement} field @param {string} name */
export function partOf(field, name) {
  return /** @type {HTMLInputElement} */ (field.querySelector(`[data-part="${name}"]`));
}

/** @param {HTMLElement} field */
function textIn(field) {
  return /** @type {HTMLTextAreaElement} */ (field.querySelector("textarea"));
}

/** @param {HTMLElement} field */
function inputIn(field) {
  return /** @type {HTMLInputElement} */ (field.querySelector("input"));
}

/** @param {HTMLElement} field */
function choicesIn(field) {
  return /** @type {HTMLInputElement[]} */ ([...field.querySelectorAll("input")]);
}

/** @param {HTMLElement} field */
function checkedIn(field) {
  return choicesIn(field).filter((input) => input.checked).map((input) => input.value);
}

/** @param {HTMLElement} field @param {unknown[]} values */
function showChecked(field, values) {
  for (const input of choicesIn(field)) input.checked = values.includes(input.value);
}
