/** A pane in which a picture is zoomed and moved: wheel, pinch, drag and keys; or drawn upon. */

import { fitted, moved, placeIn, placeOn, scaled, stepped } from "./zoom.js";

/**
 * @typedef {import("./zoom.js").Place} Place
 * @typedef {import("./zoom.js").View} View
 */

const ARROWS = /** @type {Record<string, Place>} */ ({
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
});
const MOVE_PIXELS = 60;
/** Parts of the picture: a line of an ECG is some 40 wide. */
const HAND_STEP = 0.02;
const FINE_STEP = 0.004;
/** A tap, not a stroke. In CSS pixels. */
const TAP_PIXELS = 6;

/**
 * Events: `view` (its scale changed), and while `draws`: `point` (detail Place or null, on the
 * picture), `spot` (detail Place), `line` (detail Place[]).
 */
export class Pane extends EventTarget {
  /** Whether the hand draws rather than moves. */
  draws = false;
  /** @type {HTMLElement} */
  #pane;
  /** @type {HTMLElement} */
  #sheet;
  #picture = { width: 1, height: 1 };
  /** @type {View} */
  #view = { scale: 1, x: 0, y: 0 };
  #fits = true;
  /** @type {Map<number, Place>} */
  #fingers = new Map();
  /** @type {Place[]} */
  #stroke = [];
  /** @type {Place} where the keys' hand is on the picture */
  #hand = { x: 0.5, y: 0.5 };

  /** @param {HTMLElement} pane @param {HTMLElement} sheet in it; holds the picture and what lies on it */
  constructor(pane, sheet) {
    super();
    this.#pane = pane;
    this.#sheet = sheet;
    pane.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    pane.addEventListener("keydown", (event) => this.#key(event));
    pane.addEventListener("pointerdown", (event) => this.#down(event));
    pane.addEventListener("pointermove", (event) => this.#move(event));
    pane.addEventListener("pointerup", (event) => this.#up(event));
    pane.addEventListener("pointercancel", (event) => this.#up(event, { isCancelled: true }));
    pane.addEventListener("pointerleave", () => this.draws && this.#tell("point", null));
    new ResizeObserver(() => this.#fits && this.fit()).observe(pane);
  }

  get scale() {
    return this.#view.scale;
  }

  get fits() {
    return this.#fits;
  }

  /** @param {{ width: number, height: number }} picture its own pixels */
  show(picture) {
    this.#picture = picture;
    this.#hand = { x: 0.5, y: 0.5 };
    this.fit();
  }

  fit() {
    this.#fits = true;
    this.#set(fitted(this.#size(), this.#picture));
  }

  /** @param {number} scale 1 for 1:1 */
  zoomTo(scale) {
    this.#zoom(scale, this.#middle());
  }

  /** @param {number} steps positive for larger */
  zoomBy(steps) {
    this.#zoom(stepped(this.#view, steps), this.#middle());
  }

  /** @param {number} scale @param {Place} at */
  #zoom(scale, at) {
    this.#fits = false;
    this.#set(scaled(this.#view, scale, at, this.#sizes()));
  }

  /** @param {View} view */
  #set(view) {
    this.#view = view;
    const { style } = this.#sheet;
    style.width = `${this.#picture.width * view.scale}px`;
    style.height = `${this.#picture.height * view.scale}px`;
    style.transform = `translate(${view.x}px, ${view.y}px)`;
    this.dispatchEvent(new Event("view"));
  }

  /** @param {WheelEvent} event */
  #wheel(event) {
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 40 : 1;
    this.#zoom(stepped(this.#view, (-event.deltaY * lines) / 120), this.#at(event));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const arrow = ARROWS[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (arrow) this.#arrow(arrow, event.shiftKey);
    else if (event.key === "+" || event.key === "=") this.zoomBy(1);
    else if (event.key === "-") this.zoomBy(-1);
    else if (event.key === "0") this.fit();
    else if (event.key === "1") this.zoomTo(1);
    else if (event.key === "2") this.zoomTo(2);
    else if (this.draws && (event.key === "Enter" || event.key === " ")) this.#tell("spot", this.#hand);
    else return;
    event.preventDefault();
  }

  /** @param {Place} arrow @param {boolean} isFine */
  #arrow(arrow, isFine) {
    if (!this.draws) {
      this.#set(moved(this.#view, { x: -arrow.x * MOVE_PIXELS, y: -arrow.y * MOVE_PIXELS }, this.#sizes()));
      return;
    }
    const step = isFine ? FINE_STEP : HAND_STEP;
    const along = (/** @type {number} */ value) => Math.min(1, Math.max(0, value));
    this.#hand = { x: along(this.#hand.x + arrow.x * step), y: along(this.#hand.y + arrow.y * step) };
    this.#follow();
    this.#tell("point", this.#hand);
  }

  /** The keys' hand stays in sight. */
  #follow() {
    const at = placeIn(this.#view, this.#hand, this.#picture);
    const { width, height } = this.#size();
    const out = (/** @type {number} */ value, /** @type {number} */ room) =>
      value < 0 ? -value + 40 : value > room ? room - value - 40 : 0;
    this.#set(moved(this.#view, { x: out(at.x, width), y: out(at.y, height) }, this.#sizes()));
  }

  /** @param {PointerEvent} event */
  #down(event) {
    if (event.button !== 0) return;
    this.#pane.setPointerCapture(event.pointerId);
    this.#fingers.set(event.pointerId, this.#at(event));
    const isFirst = this.#fingers.size === 1;
    this.#stroke = this.draws && isFirst ? [this.#on(event)] : [];
    if (this.draws && isFirst) this.#tell("point", this.#on(event));
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const before = this.#fingers.get(event.pointerId);
    if (this.draws && this.#fingers.size < 2) this.#tell("point", this.#on(event));
    if (!before) return;
    const now = this.#at(event);
    if (this.#fingers.size === 2) this.#pinch(event.pointerId, before, now);
    else if (this.#stroke.length > 0) this.#stroke.push(this.#on(event));
    else if (!this.draws) {
      this.#set(moved(this.#view, { x: now.x - before.x, y: now.y - before.y }, this.#sizes()));
      this.#fits = false;
    }
    this.#fingers.set(event.pointerId, now);
    if (this.#stroke.length > 0) this.#tell("stroke", this.#stroke);
  }

  /** @param {number} finger @param {Place} before @param {Place} now */
  #pinch(finger, before, now) {
    const other = [...this.#fingers].find(([id]) => id !== finger)?.[1];
    if (!other) return;
    this.#stroke = [];
    this.#tell("stroke", []);
    const span = (/** @type {Place} */ place) => Math.hypot(place.x - other.x, place.y - other.y) || 1;
    const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
    this.#zoom((this.#view.scale * span(now)) / span(before), middle);
  }

  /** @param {PointerEvent} event @param {{ isCancelled?: boolean }} [how] */
  #up(event, { isCancelled = false } = {}) {
    this.#fingers.delete(event.pointerId);
    const stroke = this.#stroke;
    this.#stroke = [];
    if (stroke.length === 0) return;
    this.#tell("stroke", []);
    if (event.pointerType !== "mouse") this.#tell("point", null);
    const [first] = stroke;
    if (isCancelled || !first) return;
    if (this.#isTap(stroke)) this.#tell("spot", first);
    else this.#tell("line", stroke);
  }

  /** @param {Place[]} stroke */
  #isTap(stroke) {
    const [first, ...rest] = stroke.map((place) => placeIn(this.#view, place, this.#picture));
    return rest.every(({ x, y }) => first && Math.hypot(x - first.x, y - first.y) < TAP_PIXELS);
  }

  /** @param {string} type @param {Place | Place[] | null} detail */
  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  /** @param {MouseEvent} event @returns {Place} in the pane */
  #at(event) {
    const { left, top } = this.#pane.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }

  /** @param {MouseEvent} event @returns {Place} on the picture */
  #on(event) {
    return placeOn(this.#view, this.#at(event), this.#picture);
  }

  #size() {
    return { width: this.#pane.clientWidth, height: this.#pane.clientHeight };
  }

  #sizes() {
    return { pane: this.#size(), picture: this.#picture };
  }

  #middle() {
    const { width, height } = this.#size();
    return { x: width / 2, y: height / 2 };
  }
}
