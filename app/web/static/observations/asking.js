/** Asks the API for a change. What a crew enters goes by urgent/saving.js, which keeps it. */

/**
 * @param {string} path
 * @param {"POST" | "PUT" | "PATCH"} method
 * @param {object} body
 * @returns {Promise<string>} empty when done, or what is wrong in words
 */
export async function ask(path, method, body) {
  try {
    const response = await fetch(path, {
      method,
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    if (response.ok) return "";
    const problem = await response.json();
    return String(problem.errors?.[0]?.detail || problem.detail || "That did not work. Try again.");
  } catch {
    return "No signal. Try again in a moment.";
  }
}
