/**
 * A document at full size: pages, zoom, marks that both sides see, and where the other side points.
 * Beside the call where there is room, else over the whole screen.
 */

import { setText } from "../stage/tiles.js";
import { Marks } from "./marks.js";
import { Pane } from "./pane.js";

/**
 * @typedef {import("./zoom.js").Place} Place
 * @typedef {import("../call/messages.js").Pointed} Pointed
 *
 * @typedef {object} Shown
 * @property {string} id
 * @property {number} pages
 * @property {string} title
 * @property {string} about who took it, when and where
 */

/** Wide enough for the call and the picture side by side. */
const BESIDE = "(min-width: 64rem)";
/** Some 15 times a second: smooth, and far below what a room lets through. */
const POINT_EVERY_MS = 66;
const POINTER_FADES_MS = 5_000;

/** Event `point`: detail `{ document_id, page, at }`, for the other side. */
export class Viewer extends EventTarget {
  /** @type {HTMLDialogElement} */
  #dialog;
  /** @type {Pane} */
  #pane;
  /** @type {Marks} */
  #marks;
  /** @type {Shown | null} */
  #shown = null;
  #page = 1;
  #pointTimer = 0;
  #fadeTimer = 0;
  /** @type {Place | null} */
  #pointing = null;
  #canBeBeside = false;
  /** @type {HTMLElement | null} */
  #opener = null;

  /** @param {HTMLDialogElement} dialog made by the macro `viewer` */
  constructor(dialog) {
    super();
    this.#dialog = dialog;
    this.#canBeBeside = dialog.hasAttribute("data-beside");
    this.#pane = new Pane(this.#find("[data-pane]"), this.#find("[data-sheet]"));
    this.#marks = new Marks(/** @type {SVGElement} */ (dialog.querySelector("[data-marks]")), dialog.dataset["me"] ?? "");
    this.#wireTools();
    this.#wirePane();
    this.#wireMistake();
    this.#image.addEventListener("load", () => this.#loaded());
    this.#image.addEventListener("error", () => this.#failed());
    dialog.addEventListener("close", () => this.#closed());
  }

  /** @returns {string} the id of what is open, or empty */
  get openId() {
    return this.#dialog.open ? (this.#shown?.id ?? "") : "";
  }

  /** @param {Shown} shown */
  open(shown) {
    this.#shown = shown;
    setText(this.#find("[data-viewer-title]"), shown.title);
    setText(this.#find("[data-viewer-about]"), shown.about);
    this.#find("[data-original]").setAttribute("href", `/api/v1/documents/${shown.id}/original`);
    if (!this.#dialog.open) this.#openDialog();
    this.#find("[data-mistake]").removeAttribute("open");
    /** @type {HTMLFormElement} */ (this.#find("[data-mistake-form]")).reset();
    this.#draws(false);
    this.#turnTo(1);
  }

  #openDialog() {
    this.#opener = document.activeElement instanceof HTMLElement ? document.activeElement : null;
    const isBeside = this.#canBeBeside && matchMedia(BESIDE).matches;
    document.body.classList.toggle("app-viewing", isBeside);
    if (isBeside) this.#dialog.show();
    else this.#dialog.showModal();
    this.#find("[data-pane]").focus({ preventScroll: true });
  }

  close() {
    this.#dialog.close();
  }

  /** @param {string} documentId was marked, here or there */
  marked(documentId) {
    if (documentId === this.openId) void this.#marks.refresh().then(() => this.#tellMarks());
  }

  /** @param {Pointed} pointed @param {string} name whose hand it is */
  pointed({ document_id: id, page, at }, name) {
    if (id !== this.openId || page !== this.#page) return;
    const pointer = this.#find("[data-pointer]");
    pointer.hidden = at === null;
    if (!at) return;
    pointer.style.left = `${at.x * 100}%`;
    pointer.style.top = `${at.y * 100}%`;
    setText(this.#find("[data-pointer-name]"), name);
    clearTimeout(this.#fadeTimer);
    this.#fadeTimer = setTimeout(() => (pointer.hidden = true), POINTER_FADES_MS);
  }

  #wireTools() {
    this.#on("[data-viewer-close]", () => this.close());
    this.#on("[data-zoom-in]", () => this.#pane.zoomBy(1));
    this.#on("[data-zoom-out]", () => this.#pane.zoomBy(-1));
    this.#on("[data-fit]", () => this.#pane.fit());
    this.#on("[data-actual]", () => this.#pane.zoomTo(1));
    this.#on("[data-double]", () => this.#pane.zoomTo(2));
    this.#on("[data-draw]", () => this.#draws(!this.#pane.draws));
    this.#on("[data-undo]", () => {
      this.#marks.undo();
      this.#tellMarks();
    });
    this.#on("[data-page-before]", () => this.#turnTo(this.#page - 1));
    this.#on("[data-page-after]", () => this.#turnTo(this.#page + 1));
    this.#on("[data-load-again]", () => this.#turnTo(this.#page));
  }

  #wireMistake() {
    const form = /** @type {HTMLFormElement} */ (this.#find("[data-mistake-form]"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#takeBack(String(new FormData(form).get("reason")));
    });
  }

  /** It stays on record, marked as a mistake; nobody is shown it any more. @param {string} reason */
  async #takeBack(reason) {
    const response = await fetch(`/api/v1/documents/${this.openId}/entered-in-error`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ reason }),
    }).catch(() => null);
    const error = this.#find("[data-mistake-error]");
    error.hidden = response?.ok ?? false;
    setText(error, response?.status === 422 ? "Say what is wrong with it." : "Not taken back. Try again.");
    if (response?.ok) this.close();
  }

  #wirePane() {
    const pane = this.#pane;
    const places = (/** @type {Event} */ event) => /** @type {CustomEvent} */ (event).detail;
    pane.addEventListener("view", () => this.#tellZoom());
    pane.addEventListener("point", (event) => this.#point(places(event)));
    pane.addEventListener("stroke", (event) => this.#marks.sketch(places(event)));
    pane.addEventListener("spot", (event) => this.#add([places(event)]));
    pane.addEventListener("line", (event) => this.#add(places(event)));
    this.#find("[data-pane]").addEventListener("keydown", (event) => {
      if (event.key === "u" && this.#pane.draws) this.#find("[data-undo]").click();
      if (event.key === "Escape" && !this.#dialog.matches(":modal")) this.close();
    });
  }

  /** @param {number} page */
  #turnTo(page) {
    const shown = this.#shown;
    if (!shown) return;
    this.#page = Math.min(shown.pages, Math.max(1, page));
    this.#find("[data-page-tools]").hidden = shown.pages < 2;
    setText(this.#find("[data-page-now]"), `Page ${this.#page} of ${shown.pages}`);
    this.#find("[data-sheet]").hidden = true;
    this.#find("[data-viewer-failed]").hidden = true;
    this.#find("[data-pointer]").hidden = true;
    setText(this.#find("[data-viewer-status]"), "Loading…");
    this.#image.alt = shown.title;
    this.#image.src = `/api/v1/documents/${shown.id}/pages/${this.#page}`;
    void this.#marks.open(shown.id, this.#page).then(() => this.#tellMarks());
  }

  #loaded() {
    this.#find("[data-sheet]").hidden = false;
    const { naturalWidth: width, naturalHeight: height } = this.#image;
    this.#pane.show({ width, height });
    this.#tellMarks();
  }

  #failed() {
    if (!this.#image.getAttribute("src")) return;
    this.#find("[data-viewer-failed]").hidden = false;
    setText(this.#find("[data-viewer-status]"), "");
  }

  #closed() {
    document.body.classList.remove("app-viewing");
    this.#point(null);
    this.#draws(false);
    this.#image.removeAttribute("src");
    this.#shown = null;
    this.#opener?.focus();
  }

  /** @param {boolean} on */
  #draws(on) {
    this.#pane.draws = on;
    this.#find("[data-draw]").setAttribute("aria-pressed", String(on));
    this.#find("[data-pane]").toggleAttribute("data-draws", on);
    this.#find("[data-hand]").hidden = true;
    setText(this.#find("[data-keys]"), on ? DRAW_KEYS : MOVE_KEYS);
    if (!on) this.#point(null);
  }

  /** @param {Place[]} places */
  #add(places) {
    this.#marks.add(places);
    this.#tellMarks();
  }

  /** Own hand, shown here at once and there at most 15 times a second. @param {Place | null} at */
  #point(at) {
    const hand = this.#find("[data-hand]");
    hand.hidden = at === null;
    if (at) {
      hand.style.left = `${at.x * 100}%`;
      hand.style.top = `${at.y * 100}%`;
    }
    const wasPointing = this.#pointing !== null;
    this.#pointing = at;
    if (this.#pointTimer || (at === null && !wasPointing)) return;
    this.#pointTimer = setTimeout(() => this.#tellPoint(), POINT_EVERY_MS);
  }

  #tellPoint() {
    this.#pointTimer = 0;
    if (!this.#shown) return;
    const detail = { document_id: this.#shown.id, page: this.#page, at: this.#pointing };
    this.dispatchEvent(new CustomEvent("point", { detail }));
  }

  #tellZoom() {
    setText(this.#find("[data-zoom-now]"), `${Math.round(this.#pane.scale * 100)} %`);
    this.#find("[data-fit]").setAttribute("aria-pressed", String(this.#pane.fits));
  }

  #tellMarks() {
    /** @type {HTMLButtonElement} */ (this.#find("[data-undo]")).disabled = !this.#marks.canUndo;
    if (!this.#find("[data-sheet]").hidden) setText(this.#find("[data-viewer-status]"), this.#marks.words);
  }

  get #image() {
    return /** @type {HTMLImageElement} */ (this.#find("[data-page-image]"));
  }

  /** @param {string} selector @param {() => void} action */
  #on(selector, action) {
    this.#find(selector).addEventListener("click", action);
  }

  /** @param {string} selector @returns {HTMLElement} */
  #find(selector) {
    return /** @type {HTMLElement} */ (this.#dialog.querySelector(selector));
  }
}

const MOVE_KEYS = "Plus and minus zoom, 0 fits, arrow keys move.";
const DRAW_KEYS = "Arrow keys move the cross, Shift for small steps, Enter marks, U takes the last mark back.";
