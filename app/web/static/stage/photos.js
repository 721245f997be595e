/** Photos in place of the picture of one whose line carries no video, with their age. */

import { setText } from "./tiles.js";

/**
 * @typedef {import("../call/consultation.js").Consultation} Consultation
 * @typedef {import("../call/messages.js").PhotoReceived} PhotoReceived
 *
 * @typedef {object} Shown
 * @property {HTMLImageElement} image
 * @property {HTMLElement} age
 * @property {number} takenAt by this page's own clock
 */

const EVERY_MS = 1_000;

export class Photos {
  /** @type {Map<string, Shown>} */
  #shown = new Map();
  /** @type {HTMLElement} */
  #root;
  /** @type {Consultation} */
  #consultation;
  #timer = 0;

  /** @param {HTMLElement} root with the tiles @param {Consultation} consultation */
  constructor(root, consultation) {
    this.#root = root;
    this.#consultation = consultation;
    consultation.addEventListener("photo", (event) => {
      this.#show(/** @type {CustomEvent<PhotoReceived>} */ (event).detail);
    });
    consultation.addEventListener("change", () => this.#refresh());
    consultation.addEventListener("ended", () => clearInterval(this.#timer));
  }

  /** @param {PhotoReceived} photo */
  #show({ participant_id: id, age_ms: age, data }) {
    const figure = this.#figure(id);
    if (!figure) return;
    const shown = this.#shown.get(id) ?? this.#add(id, figure);
    shown.takenAt = performance.now() - age;
    shown.image.src = `data:image/jpeg;base64,${data}`;
    this.#refresh();
  }

  /** @param {string} id @param {HTMLElement} figure @returns {Shown} */
  #add(id, figure) {
    const image = document.createElement("img");
    image.className = "app-tile__photo";
    image.alt = "Photo in place of the picture";
    const age = document.createElement("p");
    age.className = "app-tile__age";
    // Over the picture, under the name.
    figure.querySelector("video")?.after(image);
    figure.append(age);
    const shown = { image, age, takenAt: 0 };
    this.#shown.set(id, shown);
    if (!this.#timer) this.#timer = setInterval(() => this.#refresh(), EVERY_MS);
    return shown;
  }

  /** The photo stays until there is a picture again: nobody looks at a frozen one. */
  #refresh() {
    for (const [id, shown] of this.#shown) {
      const figure = this.#figure(id);
      if (!figure?.contains(shown.image)) {
        this.#shown.delete(id);
        continue;
      }
      setText(shown.age, agePhrase(performance.now() - shown.takenAt));
      const step = this.#consultation.others.find((person) => person.id === id)?.sending;
      if (step === "stills" || step === "sound") figure.dataset["photo"] = "on";
      else if (figure.dataset["photo"] === "on") this.#untilMoving(figure);
    }
  }

  /** @param {HTMLElement} figure */
  #untilMoving(figure) {
    figure.dataset["photo"] = "until-moving";
    const video = figure.querySelector("video");
    video?.requestVideoFrameCallback(() => {
      if (figure.dataset["photo"] === "until-moving") figure.dataset["photo"] = "off";
    });
  }

  /** @param {string} id @returns {HTMLElement | null} */
  #figure(id) {
    const video = this.#root.querySelector(`video[data-remote="${CSS.escape(id)}"]`);
    return video?.closest("figure") ?? null;
  }
}

/** @param {number} ms @returns {string} */
export function agePhrase(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `Photo from ${seconds} s ago`;
  return `Photo from ${Math.floor(seconds / 60)} min ago`;
}
