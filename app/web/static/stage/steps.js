/** What one's own line and the others' carry just now, in words; empty when all is well. */

import { isGone } from "../call/ladder.js";
import { setText } from "./tiles.js";

/**
 * @typedef {import("../call/consultation.js").Consultation} Consultation
 * @typedef {import("../call/ladder.js").Step} Step
 * @typedef {import("../call/messages.js").Participant} Participant
 */

/** @type {Record<Step, string>} */
const OWN = {
  hd: "",
  medium: "Smaller picture until the line is better.",
  small: "Small picture until the line is better.",
  stills: "Sound and photos until the line is better.",
  sound: "Sound only until the line is better.",
  gone: "No line. Trying again…",
  phone: "Still no line. Trying again…",
};
/** @type {Record<Step, string>} */
const THEIRS = {
  hd: "",
  medium: "",
  small: "small picture until it is better.",
  stills: "sound and photos until it is better.",
  sound: "sound only until it is better.",
  gone: "",
  phone: "",
};
/** Nothing from anybody for two measurements of the line. */
const SILENT_READINGS = 2;
const MOST_NAMES = 2;

export class Steps {
  /** @type {HTMLElement} */
  #root;
  /** @type {Consultation} */
  #consultation;
  #silent = 0;

  /** @param {HTMLElement} root of the stage @param {Consultation} consultation */
  constructor(root, consultation) {
    this.#root = root;
    this.#consultation = consultation;
    consultation.addEventListener("change", () => this.refresh());
    consultation.addEventListener("step", () => this.refresh());
  }

  /** Whether anything came since the last measurement. While one's own line is gone that says
   * nothing of the others. @param {boolean} receives */
  measured(receives) {
    this.#silent = receives || isGone(this.#consultation.step) ? 0 : this.#silent + 1;
    this.refresh();
  }

  refresh() {
    const consultation = this.#consultation;
    const inCall = consultation.phase === "admitted";
    const own = inCall ? this.#ownWords() : "";
    const hasNoLine = isGone(consultation.step);
    this.#say("[data-line-step]", "[data-line-words]", own);
    this.#root.dataset["line"] = consultation.step;
    const phone = this.#root.querySelector("[data-line-phone]");
    if (phone instanceof HTMLElement) {
      phone.hidden = consultation.step !== "phone" || !this.#root.dataset["phone"];
    }
    this.#say("[data-far-line]", "[data-far-line]", inCall && !hasNoLine ? this.#farWords() : "");
  }

  #ownWords() {
    const { step, others } = this.#consultation;
    const held = others.filter(({ id }) => this.#consultation.isHeld(id));
    if (held.length > 0 && OWN[step] === "") {
      return `Your line carries no picture of ${names(held)} just now. Sound goes on.`;
    }
    if (step !== "gone" || this.#root.dataset["clip"] !== "on") return OWN[step];
    return "No line. Filming a clip: it is sent when the line is back.";
  }

  #farWords() {
    const { others, mediaState } = this.#consultation;
    const awaited = others.filter(({ id }) => this.#sends(id));
    if (awaited.length > 0 && this.#silent >= SILENT_READINGS && mediaState === "connected") {
      return `Nothing comes from ${names(awaited)}. Their page keeps trying.`;
    }
    const steps = new Set(others.map(({ sending }) => sending).filter((sending) => THEIRS[sending]));
    return [...steps]
      .map((step) => weakWords(others.filter(({ sending }) => sending === step), THEIRS[step]))
      .join(" ");
  }

  /** Whether anything is to come: nothing does from devices that are off. @param {string} id */
  #sends(id) {
    const sources = /** @type {const} */ (["camera", "microphone"]);
    const tracks = sources.map((source) => this.#consultation.trackOf(id, source));
    return tracks.some((track) => track && !track.muted);
  }

  /** @param {string} box @param {string} place @param {string} words */
  #say(box, place, words) {
    const [element, inner] = [this.#root.querySelector(box), this.#root.querySelector(place)];
    if (!(element instanceof HTMLElement) || !inner) return;
    element.hidden = words === "";
    setText(inner, words);
  }
}

/** @param {Participant[]} people @param {string} words */
function weakWords(people, words) {
  return `${names(people)} ${people.length > 1 ? "have" : "has"} a weak line: ${words}`;
}

/** A group's names would hide its pictures. */
/** @param {Participant[]} people */
function names(people) {
  if (people.length > MOST_NAMES) return `${people.length} people`;
  return people.map(({ name }) => name).join(" and ");
}
