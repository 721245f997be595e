/** A case's pictures and documents on a page: the list, adding to it, and the viewer. */

import { announce } from "../announce.js";
import { takeStill } from "../camera/still.js";
import { liveStream } from "../live.js";
import { setText } from "../stage/tiles.js";
import { sendDocument, uploadOf } from "./upload.js";
import { Viewer } from "./viewer.js";

/**
 * @typedef {import("../call/consultation.js").Consultation} Consultation
 * @typedef {import("../call/messages.js").Pointed} Pointed
 * @typedef {import("../live.js").DomainEvent} DomainEvent
 * @typedef {import("./upload.js").Kind} Kind
 */

export class Documents {
  /** @type {HTMLElement} */
  #root;
  /** @type {Viewer} */
  #viewer;
  /** Opened by the other side's hand before: once is help, twice is a nuisance. @type {Set<string>} */
  #pointedAt = new Set();

  /** @param {HTMLElement} root the list's section @param {HTMLDialogElement} dialog the viewer's */
  constructor(root, dialog) {
    this.#root = root;
    this.#viewer = new Viewer(dialog);
    root.addEventListener("click", (event) => this.#clicked(event));
    this.#bindFile();
    liveStream().addEventListener("event", (event) => {
      const { event: name, id } = /** @type {CustomEvent<DomainEvent>} */ (event).detail;
      if (name === "document.marked") this.#viewer.marked(id);
    });
  }

  /** Where the case is in the API. */
  get base() {
    return this.#root.dataset["base"] ?? "";
  }

  /**
   * A button that takes a photo with a camera that is open already, before a call as well: one for a
   * double tap.
   *
   * @param {() => MediaStreamTrack | null} track
   */
  takeFrom(track) {
    const button = /** @type {HTMLElement | null} */ (this.#root.querySelector("[data-take-photo]"));
    button?.addEventListener("click", ({ detail: taps }) => {
      if (taps <= 1) void this.#take(track());
    });
  }

  /** @param {MediaStreamTrack | null} track */
  async #take(track) {
    const upload = uploadOf("still", "camera");
    const photo = track && (await takeStill(track).catch(() => null));
    if (photo) await this.#send(upload, photo);
    else this.#fail("The camera is off or gives no picture. Turn it on, or add a picture below.");
  }

  /** Shows where the others point, and tells them where this hand does. @param {Consultation} consultation */
  follow(consultation) {
    this.#viewer.addEventListener("point", (event) => {
      if (!consultation.grants?.point) return;
      consultation.send({ type: "point", .../** @type {CustomEvent} */ (event).detail });
    });
    consultation.addEventListener("pointed", (event) => {
      const pointed = /** @type {CustomEvent<Pointed>} */ (event).detail;
      const person = consultation.participants.find(({ id }) => id === pointed.participant_id);
      if (pointed.at) this.#openPointed(pointed.document_id);
      this.#viewer.pointed(pointed, person?.name ?? "");
    });
  }

  /** @param {string} id of a document; it may still be on its way into the list */
  async open(id) {
    for (let tries = 0; tries < 20 && !this.#button(id); tries += 1) {
      await new Promise((resolve) => this.#root.addEventListener("fragment:updated", resolve, { once: true }));
    }
    const button = this.#button(id);
    if (button) this.#show(button);
  }

  /** @param {string} id */
  #openPointed(id) {
    if (this.#viewer.openId || this.#pointedAt.has(id)) return;
    this.#pointedAt.add(id);
    void this.open(id);
  }

  /** @param {Event} event */
  #clicked(event) {
    const button = event.target instanceof Element ? event.target.closest("[data-open-document]") : null;
    if (button instanceof HTMLElement) this.#show(button);
  }

  /** @param {HTMLElement} button */
  #show(button) {
    const { openDocument: id = "", pages, title = "", about = "" } = button.dataset;
    this.#viewer.open({ id, pages: Number(pages), title, about });
  }

  /** @param {string} id @returns {HTMLElement | null} */
  #button(id) {
    return this.#root.querySelector(`[data-open-document="${CSS.escape(id)}"]`);
  }

  #bindFile() {
    const input = /** @type {HTMLInputElement} */ (this.#find("[data-document-file]"));
    const kind = /** @type {HTMLSelectElement} */ (this.#find("[data-document-kind]"));
    input.addEventListener("change", () => {
      const [file] = input.files ?? [];
      if (file) void this.#send(uploadOf(/** @type {Kind} */ (kind.value), "upload"), file);
      input.value = "";
    });
  }

  /** @param {import("./upload.js").Upload} upload @param {Blob} content */
  async #send(upload, content) {
    this.#fail("");
    const tell = (/** @type {string} */ words) => setText(this.#find("[data-document-status]"), words);
    const problem = await sendDocument(this.base, upload, content, tell);
    tell(problem ? "" : "Sent.");
    this.#fail(problem);
    if (!problem) announce("Sent.");
  }

  /** @param {string} problem empty for none */
  #fail(problem) {
    const error = this.#find("[data-document-error]");
    error.hidden = problem === "";
    setText(error, problem);
  }

  /** @param {string} selector @returns {HTMLElement} */
  #find(selector) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(selector));
  }
}
