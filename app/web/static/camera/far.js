/**
 * The other side's camera, as far as it has one: ask for a photo, light, zoom, another camera.
 * Only what that camera has said that it can do is shown.
 */

import { announce } from "../announce.js";
import { sendDocument, uploadOf } from "../documents/upload.js";
import { setText } from "../stage/tiles.js";
import { frameShown } from "./still.js";

/**
 * @typedef {import("../call/consultation.js").Consultation} Consultation
 * @typedef {import("../call/messages.js").AskCamera} AskCamera
 * @typedef {import("../call/messages.js").CameraAnswered} CameraAnswered
 * @typedef {import("../call/messages.js").Participant} Participant
 */

const OVERDUE_MS = 70_000;
/** A slider tells where it is a few times a second. */
const ZOOM_EVERY_MS = 300;

/** @type {Record<CameraAnswered["outcome"], string>} */
const OUTCOMES = {
  done: "Done.",
  declined: "They said not now.",
  unsupported: "Not on their device.",
  failed: "It did not work. Try again.",
};

export class FarCamera extends EventTarget {
  /** @type {HTMLElement} */
  #root;
  /** @type {Consultation} */
  #consultation;
  #base = "";
  /** Requests on their way. @type {Map<string, AskCamera["action"]>} */
  #open = new Map();
  #zoomTimer = 0;

  /**
   * Event `still`: detail is the id of a picture that has come.
   *
   * @param {HTMLElement} root the stage
   * @param {Consultation} consultation
   * @param {string} base the case's address in the API
   */
  constructor(root, consultation, base) {
    super();
    this.#root = root;
    this.#consultation = consultation;
    this.#base = base;
    consultation.addEventListener("change", () => this.#refresh());
    consultation.addEventListener("camera_answered", (event) => {
      this.#answered(/** @type {CustomEvent<CameraAnswered>} */ (event).detail);
    });
    this.#wire();
    this.#refresh();
  }

  #wire() {
    this.#on("[data-ask-still]", () => this.#ask("still", {}, "Asked for a photo. Waiting for their yes…"));
    this.#on("[data-ask-torch]", () => {
      this.#ask("torch", { on: !this.#owner()?.camera?.torch_on }, "Asked for their light…");
    });
    this.#on("[data-ask-switch]", () => this.#ask("switch", {}, "Asked for their other camera…"));
    this.#on("[data-keep-frame]", () => void this.#keep());
    const slider = /** @type {HTMLInputElement} */ (this.#find("[data-ask-zoom]"));
    slider.addEventListener("input", () => {
      if (this.#zoomTimer) return;
      this.#zoomTimer = setTimeout(() => {
        this.#zoomTimer = 0;
        this.#ask("zoom", { zoom: Number(slider.value) }, "Asked for their zoom…");
      }, ZOOM_EVERY_MS);
    });
  }

  /** Whose camera it is: the crew's before anybody else's. @returns {Participant | undefined} */
  #owner() {
    const { others } = this.#consultation;
    const withCamera = others.filter(({ camera }) => camera);
    return withCamera.find(({ role }) => role === "crew") ?? withCamera[0];
  }

  #refresh() {
    const { grants, others } = this.#consultation;
    const owner = this.#owner();
    const camera = owner?.camera ?? null;
    this.#find("[data-far-camera]").hidden = !grants?.direct || others.length === 0;
    this.#find("[data-ask-still]").hidden = !camera?.still;
    this.#find("[data-ask-torch]").hidden = !camera?.torch;
    this.#find("[data-ask-torch]").setAttribute("aria-pressed", String(camera?.torch_on ?? false));
    setText(this.#find("[data-ask-torch] [data-label]"), camera?.torch_on ? "Their light on" : "Their light off");
    this.#find("[data-ask-switch]").hidden = !camera || camera.cameras < 2;
    this.#find("[data-ask-zoom-row]").hidden = !camera?.zoom;
    this.#find("[data-keep-frame]").hidden = this.#video() === null;
    const slider = /** @type {HTMLInputElement} */ (this.#find("[data-ask-zoom]"));
    if (camera?.zoom && document.activeElement !== slider) {
      const { min, max, step, now } = camera.zoom;
      Object.assign(slider, { min: String(min), max: String(max), step: String(step), value: String(now) });
    }
  }

  /**
   * @param {AskCamera["action"]} action
   * @param {{ on?: boolean, zoom?: number }} more
   * @param {string} words
   */
  #ask(action, more, words) {
    const owner = this.#owner();
    if (!owner) return;
    const id = crypto.randomUUID();
    const sent = this.#consultation.send({ type: "ask_camera", id, participant_id: owner.id, action, ...more });
    if (!sent) {
      this.#say("The line is away for a moment. Try again.");
      return;
    }
    this.#open.set(id, action);
    this.#say(words);
    setTimeout(() => {
      if (this.#open.delete(id)) this.#say("No answer. Try again, or say it.");
    }, OVERDUE_MS);
  }

  /** @param {CameraAnswered} answered */
  #answered({ id, outcome, document_id: documentId }) {
    const action = this.#open.get(id);
    this.#open.delete(id);
    if (!documentId) {
      this.#say(OUTCOMES[outcome]);
      return;
    }
    if (action === "still") this.#say("The photo is here.");
    this.dispatchEvent(new CustomEvent("still", { detail: documentId }));
  }

  /** @returns {HTMLVideoElement | null} the far picture as it is shown here */
  #video() {
    const owner = this.#owner() ?? this.#consultation.others[0];
    const selector = `video[data-remote="${owner?.id ?? ""}"]`;
    const video = this.#root.querySelector(selector);
    return video instanceof HTMLVideoElement && video.videoWidth > 0 ? video : null;
  }

  /** What is seen here at this moment, when the far side cannot or will not take a photo. */
  async #keep() {
    const video = this.#video();
    const upload = uploadOf("still", "stream");
    const picture = video && (await frameShown(video).catch(() => null));
    if (!picture) {
      this.#say("There is no picture to keep yet.");
      return;
    }
    const problem = await sendDocument(this.#base, upload, picture, (words) => this.#say(words));
    this.#say(problem || "Kept.");
    if (!problem) this.dispatchEvent(new CustomEvent("still", { detail: upload.id }));
  }

  /** @param {string} words */
  #say(words) {
    setText(this.#find("[data-far-status]"), words);
    announce(words);
  }

  /** @param {string} selector @param {() => void} action */
  #on(selector, action) {
    this.#find(selector).addEventListener("click", action);
  }

  /** @param {string} selector @returns {HTMLElement} */
  #find(selector) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(selector));
  }
}
