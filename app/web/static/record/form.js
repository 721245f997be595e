/** Sends a form without leaving the page: a call must go on. */

/**
 * @typedef {object} Sent
 * @property {boolean} ok
 * @property {number} status 0 when there was no answer
 * @property {string} problem in words, when not ok
 * @property {Record<string, unknown>} body
 */

/**
 * @param {string} url
 * @param {FormData | URLSearchParams} fields
 * @param {RequestInit} [options]
 * @returns {Promise<Sent>} never throws
 */
export async function sendForm(url, fields, options = {}) {
  const body = new URLSearchParams();
  for (const [name, value] of fields) body.append(name, String(value));
  try {
    const response = await fetch(url, { method: "POST", body, credentials: "same-origin", ...options });
    return await sentOf(response);
  } catch {
    return { ok: false, status: 0, problem: "The line is lost. Try again in a moment.", body: {} };
  }
}

/** @param {Response} response @returns {Promise<Sent>} */
async function sentOf(response) {
  const isJson = (response.headers.get("content-type") ?? "").includes("json");
  const body = isJson ? await response.json() : {};
  const { status } = response;
  if (response.redirected) {
    return { ok: false, status, problem: "You were signed out. Open the page again.", body };
  }
  if (response.ok) return { ok: true, status, problem: "", body };
  const first = Array.isArray(body.errors) ? body.errors[0]?.detail : "";
  const problem = String(first || body.detail || "That did not work. Try again.");
  return { ok: false, status, problem, body };
}

/** @param {HTMLElement} place @param {string} words empty hides it */
export function showProblem(place, words) {
  place.hidden = words === "";
  place.textContent = words;
}
