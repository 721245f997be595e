/** What a crew enters is saved as it is entered; without a signal it is tried until it is. */

/** A pause in typing or stepping. */
export const SAVE_AFTER_MS = 600;
const RETRY_MS = 3_000;

/**
 * @param {string} path
 * @param {"POST" | "PATCH"} method
 * @param {object} body
 * @returns {Promise<string>} empty when saved, or what to do
 */
export async function save(path, method, body) {
  try {
    const response = await fetch(path, {
      method,
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    if (response.ok) return "";
    const problem = await response.json();
    return response.status === 422 ? problem.detail : "Not saved. Trying again…";
  } catch {
    return "No signal. Kept here, trying again…";
  }
}

/** @param {() => Promise<string>} attempt @param {HTMLElement} status */
export async function saveUntilDone(attempt, status) {
  status.textContent = "Saving…";
  for (;;) {
    const problem = await attempt();
    status.textContent = problem || "Saved";
    if (!problem.endsWith("…")) return;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
