/**
 * Tells the service what it would like to know, beside the page's own work: what cannot be told is
 * told a little later, and in the end not at all. Nobody is disturbed by it.
 */

import { visitHeaders } from "./call/tokens.js";

/** A line that is bad now may be back a little later. */
const TRIES_AFTER_MS = [0, 2_000, 10_000, 60_000];

/**
 * @param {string} address
 * @param {(agoMs: number) => object} bodyOf what to tell, so long after this call: a device's clock
 *   may be wrong, its seconds not
 * @returns {Promise<void>} never throws
 */
export async function report(address, bodyOf) {
  const since = performance.now();
  for (const waitMs of TRIES_AFTER_MS) {
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    if (await isHeard(address, bodyOf(Math.round(performance.now() - since)))) return;
  }
}

/** @param {string} address @param {object} body @returns {Promise<boolean>} */
async function isHeard(address, body) {
  try {
    const response = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...visitHeaders() },
      body: JSON.stringify(body),
      keepalive: true, // whoever goes on to the next page has been heard all the same
    });
    return response.status < 500;
  } catch {
    return false;
  }
}
