/** The clinician's note, saved as it is typed. What could not be saved is tried again. */

import { serverNow } from "../clock.js";
import { sendForm } from "./form.js";

const SAVE_AFTER_MS = 800;
const RETRY_MS = 3_000;

export class Note {
  /** @type {HTMLFormElement} */
  #form;
  /** @type {HTMLTextAreaElement} */
  #text;
  #timer = 0;
  #saved = "";
  /** @type {Promise<void>} */
  #saving = Promise.resolve();

  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.#form = form;
    this.#text = /** @type {HTMLTextAreaElement} */ (form.elements.namedItem("text"));
    this.#saved = this.#text.value;
    form.addEventListener("submit", (event) => event.preventDefault());
    this.#text.addEventListener("input", () => {
      this.#say("Typing…");
      this.#later(SAVE_AFTER_MS);
    });
    addEventListener("online", () => void this.flush());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") void this.flush();
    });
    addEventListener("beforeunload", (event) => {
      if (this.#text.value !== this.#saved) event.preventDefault();
    });
  }

  /** Saves what is not saved yet; one after another, so that the last one typed wins. */
  flush() {
    clearTimeout(this.#timer);
    this.#saving = this.#saving.then(() => this.#save());
    return this.#saving;
  }

  /** @param {number} milliseconds */
  #later(milliseconds) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), milliseconds);
  }

  async #save() {
    const text = this.#text.value;
    if (text === this.#saved) return;
    this.#say("Saving…");
    const { noteId = "", version = "", src = "" } = this.#form.dataset;
    const fields = new URLSearchParams({ text, note_id: noteId, version });
    // The page may be going: a request that outlives it may carry 64 KiB.
    const sent = await sendForm(src, fields, { keepalive: text.length < 20_000 });
    if (!sent.ok && sent.status === 412) {
      this.#say("This note was changed in another window. Open the page again to see it.", "failed");
      return;
    }
    if (!sent.ok) {
      this.#say(`Not saved yet. ${sent.problem}`, "failed");
      this.#later(RETRY_MS);
      return;
    }
    this.#saved = text;
    this.#form.dataset["noteId"] = String(sent.body["id"]);
    this.#form.dataset["version"] = String(sent.body["version"]);
    const at = new Date(serverNow()).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    this.#say(`Saved at ${at}`);
  }

  /** @param {string} words @param {string} [state] */
  #say(words, state = "") {
    const place = /** @type {HTMLElement} */ (this.#form.querySelector("[data-saved]"));
    place.dataset["state"] = state;
    if (place.textContent !== words) place.textContent = words;
  }
}
