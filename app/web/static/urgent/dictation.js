/**
 * Speaking into a field where the browser can listen (Web Speech API). On the device itself where
 * the browser offers that; by the browser's maker only where the organisation allows it, and then
 * the page says so. What cannot be heard is said in words, and the field is typed as ever.
 */

import { ongoing } from "../call/ongoing.js";

const LANGUAGE = "en-GB";
/** Nobody speaks longer into one field; an engine that hears nothing stops by itself. */
const LONGEST_MS = 60_000;
const REFUSALS = new Map([
  ["not-allowed", "The microphone is not allowed here. Allow it in the browser, or type."],
  ["service-not-allowed", "This browser does not allow dictation. Please type."],
  ["audio-capture", "No microphone was found. Please type."],
  ["network", "Dictation needs a better line. Please type."],
  ["language-not-supported", "This browser does not understand English here. Please type."],
  ["no-speech", "Nothing was heard. Press again to speak, or type."],
]);

/**
 * @typedef {"on-device" | "any"} Allowed
 *
 * @typedef {object} Recogniser what we use of SpeechRecognition
 * @property {string} lang
 * @property {boolean} continuous
 * @property {boolean} interimResults
 * @property {boolean} [processLocally]
 * @property {() => void} start
 * @property {() => void} stop
 * @property {((event: { resultIndex: number, results: ArrayLike<ArrayLike<{ transcript: string }> & { isFinal: boolean }> }) => void) | null} onresult
 * @property {((event: { error: string }) => void) | null} onerror
 * @property {(() => void) | null} onend
 *
 * @typedef {(new () => Recogniser) & { available?: (options: object) => Promise<string> }} Recognisers
 */

/** @returns {Recognisers | null} */
function recognisers() {
  const all = /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (globalThis));
  const found = all["SpeechRecognition"] ?? all["webkitSpeechRecognition"];
  return found ? /** @type {Recognisers} */ (found) : null;
}

/**
 * Shows the microphones where they can be used.
 *
 * @param {HTMLElement} root
 */
export async function bindDictation(root) {
  const notice = root.querySelector("[data-dictation-notice]");
  const Recognition = recognisers();
  if (!(notice instanceof HTMLElement) || !Recognition) return;
  const isLocal = await listensHere(Recognition);
  const allowed = /** @type {Allowed} */ (notice.dataset["dictation"]);
  if (!isLocal && allowed !== "any") return;
  notice.textContent = isLocal
    ? "You can speak into fields. What you say stays on this device until it is text."
    : "You can speak into fields. The maker of this browser may hear what you say: leave out names.";
  notice.hidden = false;
  const dictation = new Dictation(root, Recognition, isLocal);
  for (const button of root.querySelectorAll("[data-dictate]")) {
    if (!(button instanceof HTMLButtonElement)) continue;
    button.hidden = false;
    button.addEventListener("click", () => dictation.toggle(button));
  }
}

/** Whether the device itself understands. @param {Recognisers} Recognition */
async function listensHere(Recognition) {
  if (!Recognition.available) return false;
  const asked = Recognition.available({ langs: [LANGUAGE], processLocally: true });
  return (await asked.catch(() => "unavailable")) === "available";
}

/** One field at a time. */
class Dictation {
  #root;
  #Recognition;
  #isLocal;
  /** @type {{ recogniser: Recogniser, button: HTMLButtonElement, timer: number } | null} */
  #running = null;

  /** @param {HTMLElement} root @param {Recognisers} Recognition @param {boolean} isLocal */
  constructor(root, Recognition, isLocal) {
    this.#root = root;
    this.#Recognition = Recognition;
    this.#isLocal = isLocal;
  }

  /** @param {HTMLButtonElement} button */
  toggle(button) {
    const wasThis = this.#running?.button === button;
    this.#stop();
    if (!wasThis) this.#start(button);
  }

  /** @param {HTMLButtonElement} button */
  #start(button) {
    const id = button.dataset["dictate"] ?? "";
    const area = /** @type {HTMLTextAreaElement} */ (this.#root.querySelector(`#${id}`));
    const heard = /** @type {HTMLElement} */ (this.#root.querySelector(`[data-heard="${id}"]`));
    // The others in a call would hear it, too: said first, and done when pressed again.
    if (ongoing.size > 0 && button.dataset["warned"] !== "yes") {
      button.dataset["warned"] = "yes";
      heard.textContent = "You are in a call: the others hear you dictate. Press again to go on.";
      return;
    }
    delete button.dataset["warned"];
    const recogniser = this.#recogniser(area, heard);
    recogniser.onend = () => this.#ended(button, heard);
    this.#running = { recogniser, button, timer: setTimeout(() => this.#stop(), LONGEST_MS) };
    button.setAttribute("aria-pressed", "true");
    heard.textContent = "Listening…";
    try {
      recogniser.start();
    } catch {
      heard.textContent = "Dictation did not start. Please type.";
      this.#ended(button, heard);
    }
  }

  /** @param {HTMLTextAreaElement} area @param {HTMLElement} heard */
  #recogniser(area, heard) {
    const recogniser = new this.#Recognition();
    recogniser.lang = LANGUAGE;
    recogniser.continuous = true;
    recogniser.interimResults = true;
    if (this.#isLocal) recogniser.processLocally = true;
    let lost = "";
    recogniser.onresult = ({ resultIndex, results }) => {
      let unsure = "";
      for (const result of Array.from(results).slice(resultIndex)) {
        const words = result[0]?.transcript ?? "";
        if (result.isFinal) lost += insert(area, words);
        else unsure += words;
      }
      if (lost) heard.textContent = `This field is full. Not written: ${lost}`;
      else heard.textContent = unsure || "Listening…";
    };
    recogniser.onerror = ({ error }) => {
      if (error === "aborted") return;
      heard.textContent = REFUSALS.get(error) ?? "Dictation does not work here. Please type.";
    };
    return recogniser;
  }

  #stop() {
    if (!this.#running) return;
    clearTimeout(this.#running.timer);
    this.#running.recogniser.stop();
  }

  /** @param {HTMLButtonElement} button @param {HTMLElement} heard */
  #ended(button, heard) {
    if (this.#running?.button === button) {
      clearTimeout(this.#running.timer);
      this.#running = null;
    }
    button.setAttribute("aria-pressed", "false");
    // What went wrong stays to be read.
    if (heard.textContent === "Listening…") heard.textContent = "";
  }
}

/**
 * At the cursor, with a space where words would run together; saved as what is typed is.
 *
 * @param {HTMLTextAreaElement} area
 * @param {string} words
 * @returns {string} what found no room
 */
function insert(area, words) {
  const said = words.trim();
  if (!said) return "";
  const before = area.value.slice(0, area.selectionStart);
  const space = before && !/\s$/.test(before) ? " " : "";
  const room = area.maxLength - area.value.length;
  const whole = `${space}${said}`;
  area.setRangeText(whole.slice(0, room), area.selectionStart, area.selectionEnd, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
  return whole.slice(room);
}
