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
 * @typedef {import("../call/messages.js").CameraAgreed} CameraAgreed
 * @typedef {import("../call/messages.js").CameraAnswered} CameraAnswered
 * @typedef {import("../call/messages.js").Participant} Participant
 * @typedef {import("../call/messages.js").Snapshot} Snapshot
 */

/** For their yes, and after it for what they agreed to. */
const OVERDUE_MS = 70_000;
/** A slider tells where it is a few times a second. */
const ZOOM_EVERY_MS = 300;

const NO_ANSWER = "No answer. Try again, or say it.";

/** @type {Record<AskCamera["action"], string>} */
const ASKED = {
  still: "Asked for a photo. Waiting for their yes…",
  torch: "Asked for their light…",
  zoom: "Asked for their zoom…",
  switch: "Asked for their other camera…",
};
/** @type {Record<AskCamera["action"], string>} */
const AGREED = {
  still: "They agreed; taking the picture…",
  torch: "They agreed; switching their light…",
  zoom: "They agreed; zooming…",
  switch: "They agreed; changing their camera…",
};
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
  /** Requests on their way. @type {Map<string, { action: AskCamera["action"], timer: number }>} */
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
    consultation.addEventListener("camera_agreed", (event) => {
      this.#agreed(/** @type {CustomEvent<CameraAgreed>} */ (event).detail.id);
    });
    consultation.addEventListener("camera_answered", (event) => {
      this.#answered(/** @type {CustomEvent<CameraAnswered>} */ (event).detail);
    });
    consultation.addEventListener("snapshot", (event) => {
      this.#compare(/** @type {CustomEvent<Snapshot>} */ (event).detail);
    });
    this.#wire();
    this.#refresh();
  }

  #wire() {
    this.#on("[data-ask-still]", () => this.#ask("still"));
    this.#on("[data-ask-torch]", () => {
      this.#ask("torch", { on: !this.#owner()?.camera?.torch_on });
    });
    this.#on("[data-ask-switch]", () => this.#ask("switch"));
    this.#on("[data-keep-frame]", () => void this.#keep());
    const slider = /** @type {HTMLInputElement} */ (this.#find("[data-ask-zoom]"));
    slider.addEventListener("input", () => {
      if (this.#zoomTimer) return;
      this.#zoomTimer = setTimeout(() => {
        this.#zoomTimer = 0;
        this.#ask("zoom", { zoom: Number(slider.value) });
      }, ZOOM_EVERY_MS);
    });
  }

  /** Whose camera it is: the crew's before anybody else's. @returns {Participant | undefined} */
  #owner() {
    const withCamera = this.#theirs().filter(({ camera }) => camera);
    return withCamera.find(({ role }) => role === "crew") ?? withCamera[0];
  }

  /** Of a group, those whose record is open here alone: a picture is kept with it. */
  #theirs() {
    const open = this.#root.dataset["encounterId"];
    return this.#consultation.others.filter(
      ({ encounter_id: of, role }) => !of || (of === open && (role === "patient" || role === "guest")),
    );
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
   * @param {{ on?: boolean, zoom?: number }} [more]
   */
  #ask(action, more = {}) {
    const owner = this.#owner();
    if (!owner) return;
    const id = crypto.randomUUID();
    const sent = this.#consultation.send({ type: "ask_camera", id, participant_id: owner.id, action, ...more });
    if (!sent) {
      this.#say("The line is away for a moment. Try again.");
      return;
    }
    this.#wait(id, action, ASKED[action]);
  }

  /**
   * @param {string} id
   * @param {AskCamera["action"]} action
   * @param {string} words
   */
  #wait(id, action, words) {
    this.#over(id);
    const timer = setTimeout(() => {
      this.#over(id);
      this.#say(NO_ANSWER);
    }, OVERDUE_MS);
    this.#open.set(id, { action, timer });
    this.#say(words);
  }

  /** @param {string} id @returns {AskCamera["action"] | undefined} what it was that nobody waits for any more */
  #over(id) {
    const open = this.#open.get(id);
    clearTimeout(open?.timer);
    this.#open.delete(id);
    return open?.action;
  }

  /** @param {string} id */
  #agreed(id) {
    const open = this.#open.get(id);
    if (open) this.#wait(id, open.action, AGREED[open.action]);
  }

  /**
   * What this page waits for and the room does not know is lost; what the room knows and this page
   * does not was asked before it was loaded.
   *
   * @param {Snapshot} snapshot
   */
  #compare({ requests }) {
    const ours = requests.filter(({ by }) => by === this.#consultation.me);
    const lost = [...this.#open.keys()].filter((id) => !ours.some((request) => request.id === id));
    for (const id of lost) this.#over(id);
    if (lost.length > 0) this.#say(NO_ANSWER);
    for (const { id, action, agreed } of ours) {
      if (agreed || !this.#open.has(id)) this.#wait(id, action, (agreed ? AGREED : ASKED)[action]);
    }
  }

  /** @param {CameraAnswered} answered */
  #answered({ id, outcome, document_id: documentId }) {
    const action = this.#over(id);
    if (!documentId) {
      this.#say(OUTCOMES[outcome]);
      return;
    }
    if (action === "still") this.#say("The photo is here.");
    this.dispatchEvent(new CustomEvent("still", { detail: documentId }));
  }

  /** @returns {HTMLVideoElement | null} the far picture as it is shown here */
  #video() {
    const owner = this.#owner() ?? this.#theirs()[0];
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

  /**
   * Once for a double tap, whose second tap may land on another button: they make room for words.
   *
   * @param {string} selector
   * @param {() => void} action
   */
  #on(selector, action) {
    this.#find(selector).addEventListener("click", ({ detail: taps }) => {
      if (taps <= 1) action();
    });
  }

  /** @param {string} selector @returns {HTMLElement} */
  #find(selector) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(selector));
  }
}
