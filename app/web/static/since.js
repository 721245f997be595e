/** Waits that grow by themselves: `<b data-since="2026-11-20T10:00:00Z">6 min</b>`. */

import { serverNow } from "./clock.js";

const EVERY_MS = 15_000;

export function keepWaits() {
  setInterval(() => {
    for (const element of document.querySelectorAll("[data-since]")) {
      const since = Date.parse(element.getAttribute("data-since") ?? "");
      const words = waitWords(serverNow() - since);
      if (element.textContent !== words) element.textContent = words;
    }
  }, EVERY_MS);
}

/** @param {number} milliseconds @returns {string} the same words as the server's */
export function waitWords(milliseconds) {
  const minutes = Math.floor(Math.max(0, milliseconds) / 60_000);
  if (minutes === 0) return "under a minute";
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  const words = hours ? [`${hours} hr`] : [];
  if (rest || !hours) words.push(`${rest} min`);
  return words.join(" ");
}
