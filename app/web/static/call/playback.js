import { linesOfUse } from "./layers.js";

/**
 * Shows received tracks in video elements: which stream an element plays, on which speaker, and
 * what to do when the browser refuses to play sound before the person has touched the page.
 */

/**
 * @typedef {"person" | "screen"} View what of a participant is shown: camera with voice, or screen
 *
 * @typedef {object} Shown
 * @property {string} participantId
 * @property {View} view
 * @property {MediaStream} stream
 * @property {number | null} lines that its picture is of use with
 */

/** More dots in a CSS pixel than these sharpen text, and no moving picture on a phone. */
const DOTS = 2;
/** An element that is being drawn to another size is through by then. */
const SETTLED_MS = 500;

/**
 * Events: `blocked` (sound waits for a touch; call `unblock` from one), `sizes` (a picture is shown
 * larger or smaller: read `lines`).
 */
export class Playback extends EventTarget {
  /** @type {Map<HTMLVideoElement, Shown>} */
  #shown = new Map();
  /** @type {Set<HTMLVideoElement>} */
  #blocked = new Set();
  /** Of these the ones that show their picture meanwhile. @type {Set<HTMLVideoElement>} */
  #hushed = new Set();
  #speakerId = "";
  #settles = 0;
  #resized = () => {
    clearTimeout(this.#settles);
    this.#settles = setTimeout(() => this.#measure(), SETTLED_MS);
  };
  #sizes = new ResizeObserver(this.#resized);
  #unlisten = new AbortController();
  /** @type {(participantId: string, view: View) => MediaStreamTrack[]} */
  #tracksOf;

  /** @param {(participantId: string, view: View) => MediaStreamTrack[]} tracksOf */
  constructor(tracksOf) {
    super();
    this.#tracksOf = tracksOf;
    // An iPhone pauses everything when another app comes to the front, and leaves it at that.
    const { signal } = this.#unlisten;
    document.addEventListener("visibilitychange", () => this.#resume(), { signal });
  }

  get isBlocked() {
    return this.#blocked.size > 0;
  }

  /**
   * @param {HTMLVideoElement} element
   * @param {string} participantId
   * @param {View} view
   */
  attach(element, participantId, view) {
    const shown = this.#shown.get(element);
    if (shown?.participantId === participantId && shown.view === view) return;
    const stream = new MediaStream();
    this.#shown.set(element, { participantId, view, stream, lines: null });
    this.#sizes.observe(element);
    element.addEventListener("resize", this.#resized); // a far phone was turned, say
    element.playsInline = true;
    element.autoplay = true;
    element.srcObject = stream;
    void this.#speak(element);
    this.refresh();
  }

  /** @param {HTMLVideoElement} element */
  detach(element) {
    this.#shown.delete(element);
    this.#sizes.unobserve(element);
    element.removeEventListener("resize", this.#resized);
    this.#blocked.delete(element);
    this.#unhush(element);
    element.srcObject = null;
  }

  /** Brings every element's stream in line with what is received now. */
  refresh() {
    for (const [element, { participantId, view, stream }] of this.#shown) {
      const wanted = this.#tracksOf(participantId, view);
      const added = wanted.filter((track) => !stream.getTracks().includes(track));
      for (const track of stream.getTracks()) {
        if (!wanted.includes(track)) stream.removeTrack(track);
      }
      for (const track of added) stream.addTrack(track);
      if (added.length > 0) void this.#play(element);
    }
  }

  /** From a touch or a key of the person: plays what the browser held back. */
  async unblock() {
    const elements = [...this.#blocked];
    this.#blocked.clear();
    for (const element of elements) this.#unhush(element);
    await Promise.all(elements.map((element) => this.#play(element)));
  }

  /** @param {string} deviceId */
  async useSpeaker(deviceId) {
    this.#speakerId = deviceId;
    await Promise.all([...this.#shown.keys()].map((element) => this.#speak(element)));
  }

  close() {
    this.#unlisten.abort();
    this.#sizes.disconnect();
    clearTimeout(this.#settles);
    for (const element of [...this.#shown.keys()]) this.detach(element);
  }

  /**
   * @param {string} participantId
   * @param {View} view
   * @returns {number | null} lines of the picture that are of use; null for all that there are
   */
  linesOf(participantId, view) {
    const shown = [...this.#shown.values()].filter(
      (each) => each.participantId === participantId && each.view === view,
    );
    const lines = shown.map((each) => each.lines ?? Infinity);
    const most = Math.max(...lines);
    return Number.isFinite(most) ? most : null;
  }

  #measure() {
    let hasChanged = false;
    for (const [element, shown] of this.#shown) {
      const lines = linesOfUse(linesShown(element) * Math.min(devicePixelRatio, DOTS));
      hasChanged ||= lines !== shown.lines;
      shown.lines = lines;
    }
    if (hasChanged) this.dispatchEvent(new Event("sizes"));
  }

  #resume() {
    if (document.hidden) return;
    for (const element of this.#shown.keys()) if (element.paused) void this.#play(element);
  }

  /**
   * Sound that is refused waits for a touch, its picture need not: browsers play what is silent.
   * (An iPhone that saves its battery does not play that either.)
   *
   * @param {HTMLVideoElement} element
   */
  async #play(element) {
    if (!(await isRefused(element))) {
      if (!this.#hushed.has(element)) this.#blocked.delete(element);
      return;
    }
    if (!this.#shown.has(element)) return;
    this.#blocked.add(element);
    this.dispatchEvent(new Event("blocked"));
    if (element.muted) return;
    this.#hushed.add(element);
    element.muted = true;
    await isRefused(element);
  }

  /** @param {HTMLVideoElement} element */
  #unhush(element) {
    if (this.#hushed.delete(element)) element.muted = false;
  }

  /** A speaker that is gone leaves the sound on the one before. */
  /** @param {HTMLVideoElement} element */
  async #speak(element) {
    if (!this.#speakerId || !("setSinkId" in element)) return;
    await element.setSinkId(this.#speakerId).catch(() => undefined);
  }
}

/**
 * @param {HTMLVideoElement} element
 * @returns {number} lines that the shorter side of its picture has on the page, in CSS pixels
 */
function linesShown(element) {
  const { clientWidth, clientHeight, videoWidth, videoHeight } = element;
  if (!videoWidth || !videoHeight) return Math.min(clientWidth, clientHeight);
  const covers = getComputedStyle(element).objectFit === "cover";
  const scales = [clientWidth / videoWidth, clientHeight / videoHeight];
  return Math.min(videoWidth, videoHeight) * (covers ? Math.max(...scales) : Math.min(...scales));
}

/** @param {HTMLVideoElement} element @returns {Promise<boolean>} whether only a touch will help */
async function isRefused(element) {
  try {
    await element.play();
    return false;
  } catch (error) {
    // AbortError only says that a newer load or pause came in between.
    return error instanceof DOMException && error.name === "NotAllowedError";
  }
}
