/**
 * This phone's camera in a call: its owner's light, zoom and pictures, and what the other side asks
 * of it. A picture is asked for each time; light, zoom and cameras once a call, until it is stopped.
 */

import { announce } from "../announce.js";
import { listDevices } from "../call/devices.js";
import { sendDocument, uploadOf } from "../documents/upload.js";
import { setText } from "../stage/tiles.js";
import { AskedRequests } from "./asked.js";
import { cameraOf, setTorch, setZoom } from "./capabilities.js";
import { Question } from "./question.js";
import { takeStill } from "./still.js";

/**
 * @typedef {import("../call/consultation.js").Consultation} Consultation
 * @typedef {import("../call/messages.js").Camera} Camera
 * @typedef {import("./asked.js").Asked} Asked
 * @typedef {import("./asked.js").Result} Result
 */

const NO = /** @type {Result} */ ({ outcome: "declined" });
const DONE_WORDS = { torch: "used the light", zoom: "zoomed", switch: "changed the camera", still: "" };

export class OwnCamera {
  /** @type {HTMLElement} */
  #root;
  /** @type {Consultation} */
  #consultation;
  #base = "";
  #cameras = 1;
  #agreed = false;
  #reported = "";
  /** @type {Question} */
  #question;
  /** @type {AskedRequests} */
  #requests;

  /**
   * @param {HTMLElement} root the stage
   * @param {Consultation} consultation
   * @param {string} base where pictures go: the case's address in the API
   */
  constructor(root, consultation, base) {
    this.#root = root;
    this.#consultation = consultation;
    this.#base = base;
    this.#question = new Question(this.#find("[data-camera-question]"));
    consultation.addEventListener("change", () => this.#refresh());
    consultation.local.addEventListener("change", () => void this.#count());
    this.#requests = new AskedRequests(consultation, (asked, gone) => this.#answer(asked, gone));
    this.#wire();
    void this.#count();
  }

  #wire() {
    this.#find("[data-torch]").addEventListener("click", () => void this.#light(!this.#camera()?.torch_on));
    this.#find("[data-still]").addEventListener("click", () => void this.#still());
    this.#find("[data-agreement-stop]").addEventListener("click", () => this.#agree(false));
    const slider = /** @type {HTMLInputElement} */ (this.#find("[data-zoom]"));
    slider.addEventListener("input", () => void this.#zoom(Number(slider.value)));
  }

  /** @returns {Camera | null} */
  #camera() {
    const track = this.#consultation.local.camera.track;
    return cameraOf(track, { cameras: this.#cameras, agreed: this.#agreed });
  }

  async #count() {
    const { cameras } = await listDevices().catch(() => ({ cameras: [] }));
    this.#cameras = Math.max(1, cameras.length);
    this.#refresh();
  }

  /** What is shown here, and what the others know, in line with the camera there is. */
  #refresh() {
    const camera = this.#camera();
    this.#find("[data-own-camera]").hidden = camera === null;
    this.#find("[data-torch]").hidden = !camera?.torch;
    this.#find("[data-torch]").setAttribute("aria-pressed", String(camera?.torch_on ?? false));
    setText(this.#find("[data-torch] [data-label]"), camera?.torch_on ? "Light on" : "Light off");
    this.#find("[data-zoom-row]").hidden = !camera?.zoom;
    if (camera?.zoom) {
      const slider = /** @type {HTMLInputElement} */ (this.#find("[data-zoom]"));
      const { min, max, step, now } = camera.zoom;
      Object.assign(slider, { min: String(min), max: String(max), step: String(step), value: String(now) });
    }
    this.#find("[data-agreement]").hidden = !this.#agreed;
    this.#report(camera);
  }

  /**
   * A room that has lost what it knew says so by our own entry: then it is told again.
   *
   * @param {Camera | null} camera
   */
  #report(camera) {
    const { participants, me, phase } = this.#consultation;
    const known = participants.find(({ id }) => id === me);
    if (phase !== "admitted" || !known) return;
    const wanted = JSON.stringify(camera);
    if (wanted === JSON.stringify(known.camera ?? null)) this.#reported = "";
    else if (this.#reported !== wanted && this.#consultation.send({ type: "report_camera", camera })) {
      this.#reported = wanted;
    }
  }

  /** @param {Asked} asked @param {AbortSignal} gone @returns {Promise<Result>} */
  async #answer(asked, gone) {
    const name = this.#nameOf(asked.participant_id);
    if (asked.action === "still") {
      const words = `${name} asks for a close photo.`;
      if (!(await this.#isAgreed(asked, gone, [words, "Yes, take it", "Not now"]))) return NO;
      return this.#still();
    }
    if (!this.#agreed) {
      const words = `${name} asks to use this phone’s light, zoom and cameras during this call.`;
      if (!(await this.#isAgreed(asked, gone, [words, "Yes, allow", "No"]))) return NO;
      this.#agree(true);
    }
    await this.#do(asked);
    this.#say(`${name} ${DONE_WORDS[asked.action]}.`);
    return { outcome: "done" };
  }

  /**
   * @param {Asked} asked
   * @param {AbortSignal} gone
   * @param {[string, string, string]} words the question, yes and no
   */
  async #isAgreed(asked, gone, [words, yes, no]) {
    const isAgreed = await this.#question.ask(words, yes, no, gone);
    if (gone.aborted) this.#say("They do not ask for it any more.");
    else if (isAgreed) this.#requests.agree(asked);
    return isAgreed;
  }

  /** @param {Asked} asked */
  async #do({ action, on, zoom }) {
    if (action === "torch") await this.#light(Boolean(on));
    if (action === "zoom") await this.#zoom(zoom ?? 1);
    if (action === "switch") await this.#switch();
  }

  /** @param {boolean} agreed */
  #agree(agreed) {
    this.#agreed = agreed;
    if (!agreed) this.#say("Only you use this camera now.");
    this.#refresh();
  }

  /** @param {boolean} on */
  async #light(on) {
    const { track } = this.#consultation.local.camera;
    if (track) await setTorch(track, on);
    this.#refresh();
  }

  /** @param {number} zoom */
  async #zoom(zoom) {
    const { track } = this.#consultation.local.camera;
    if (track) await setZoom(track, zoom);
    this.#refresh();
  }

  async #switch() {
    await this.#consultation.switchCamera();
    if (this.#consultation.local.camera.track) return;
    await this.#consultation.switchCamera();
    throw new Error("the other camera does not open");
  }

  /** @returns {Promise<Result>} */
  async #still() {
    const { track } = this.#consultation.local.camera;
    if (!track) return { outcome: "failed" };
    this.#say("Taking the photo. Hold still.");
    const upload = uploadOf("still", "camera");
    const photo = await takeStill(track).catch(() => null);
    if (!photo) {
      this.#say("The camera gave no picture. Try again.");
      return { outcome: "failed" };
    }
    const problem = await sendDocument(this.#base, upload, photo, (words) => this.#say(words));
    this.#say(problem || "Photo sent.");
    return problem ? { outcome: "failed" } : { outcome: "done", documentId: upload.id };
  }

  /** @param {string} words */
  #say(words) {
    setText(this.#find("[data-camera-status]"), words);
    announce(words);
  }

  /** @param {string} id */
  #nameOf(id) {
    return this.#consultation.participants.find((person) => person.id === id)?.name ?? "The specialist";
  }

  /** @param {string} selector @returns {HTMLElement} */
  #find(selector) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(selector));
  }
}
