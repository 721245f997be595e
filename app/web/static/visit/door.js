/** What the doors of links share: the secret after #, the date of birth, and asking the server. */

import { serverNow } from "../clock.js";

/**
 * @typedef {{ title?: string, detail?: string, type?: string, tries_left?: number, phone?: string }} Problem
 */

/**
 * The secret after # in the address, taken out of the address bar. A reload keeps it for this tab.
 *
 * @param {string} key under which the tab keeps it
 * @returns {string} empty where there is none
 */
export function takeSecret(key) {
  const fromAddress = location.hash.slice(1);
  if (fromAddress) sessionStorage.setItem(key, fromAddress);
  history.replaceState(null, "", location.pathname);
  return fromAddress || (sessionStorage.getItem(key) ?? "");
}

/**
 * @param {string} path
 * @param {object} body
 * @returns {Promise<{ ok: boolean, status: number, body: any }>} status 0 when offline
 */
export async function post(path, body) {
  try {
    const response = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    return { ok: response.ok, status: response.status, body: await response.json() };
  } catch {
    return { ok: false, status: 0, body: {} };
  }
}

/** @param {Problem} problem */
export function wrongDate({ tries_left: left = 0 }) {
  const tries = left === 1 ? "You can try once more." : `You can try ${left} more times.`;
  return { field: "birth-date-day", text: `That date does not match our record. ${tries}` };
}

/** @param {HTMLFormElement} form */
export function birthDateIn(form) {
  const data = new FormData(form);
  const [day, month, year] = ["day", "month", "year"].map((part) => Number(data.get(part)));
  const date = new Date(Date.UTC(year ?? 0, (month ?? 0) - 1, day));
  const isReal = date.getUTCDate() === day && date.getUTCMonth() === (month ?? 0) - 1;
  if (isReal && (year ?? 0) > 1880 && date.getTime() < serverNow()) {
    return { birth_date: date.toISOString().slice(0, 10), error: null };
  }
  const text = "Enter your date of birth as a day, a month and a year of four digits";
  return { birth_date: "", error: { field: "birth-date-day", text } };
}

/**
 * `Friday 20 November at 9:40am`, on the clinic's clock wherever the reader is.
 *
 * @param {string} instant
 * @param {string} timeZone
 */
export function when(instant, timeZone) {
  const at = new Date(instant);
  const day = at.toLocaleDateString("en-GB", {
    weekday: "long",
    day: "numeric",
    month: "long",
    timeZone,
  });
  return `${day} at ${clock(instant, timeZone)}`;
}

/**
 * `9:40am`, `midday`.
 *
 * @param {string} instant
 * @param {string} timeZone
 */
export function clock(instant, timeZone) {
  const options = /** @type {const} */ ({
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    timeZone,
  });
  const [hours = "", minutes = ""] = new Date(instant)
    .toLocaleTimeString("en-GB", options)
    .split(":");
  const hour = Number(hours);
  if (minutes === "00" && hour % 12 === 0) return hour === 0 ? "midnight" : "midday";
  return `${hour % 12 || 12}${minutes === "00" ? "" : `:${minutes}`}${hour < 12 ? "am" : "pm"}`;
}
