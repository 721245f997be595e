/** Notes of the crew, in their own words: each is kept when its button is pressed. */

import { serverNow } from "../clock.js";
import { save, saveUntilDone } from "./saving.js";

/** @param {ParentNode} root @param {string} base the request's address in the API */
export function bindNotes(root, base) {
  const form = root.querySelector("[data-note]");
  if (!(form instanceof HTMLFormElement)) return;
  const text = /** @type {HTMLTextAreaElement} */ (form.querySelector("textarea"));
  const status = /** @type {HTMLElement} */ (form.querySelector("[data-note-saved]"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const words = text.value.trim();
    if (!words) {
      status.textContent = "Write the note first.";
      return;
    }
    const note = { text: words, written_at: new Date(serverNow()).toISOString() };
    void saveUntilDone(() => save(`${base}/notes`, "POST", note), status);
    text.value = "";
    text.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
