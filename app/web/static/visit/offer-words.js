/**
 * Why an offer is not to be had, in the patient's words.
 *
 * @typedef {import("./door.js").Problem & { state?: string, waits?: boolean }} Refusal
 */

/**
 * @param {number} status
 * @param {Refusal} problem
 * @returns {[string, string]} what happened, and what to do
 */
export function refusalWords(status, { state, waits, title, detail }) {
  if (state === "accepted") {
    return ["You have this appointment already", "Look for its link in the message we sent you."];
  }
  if (state === "declined") return ["You said no to this time", waitsOn(waits)];
  if (state === "withdrawn") return ["We took this offer back", waitsOn(waits)];
  if (state) return ["This time has gone", `It was not taken in time. ${waitsOn(waits)}`];
  if (status === 409) {
    return ["You have another appointment at that time", "You are still on the waiting list."];
  }
  if (status === 410 || status === 404 || status === 422) {
    const what = "Part of the address may be missing. Open the link in your message again.";
    return ["This link does not work", what];
  }
  return [title ?? "Something went wrong", detail ?? "Wait a minute, then try again."];
}

/** @param {boolean | undefined} waits @returns {string} */
function waitsOn(waits) {
  if (waits) return "You are still on the waiting list, in your place. We ask you again.";
  return "You are not on the waiting list any more.";
}
