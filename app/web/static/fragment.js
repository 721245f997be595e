/**
 * Pieces of a page that keep themselves up to date:
 *
 *     <section data-live-src="/fragments/waiting" data-live-on="encounter.waiting …">…</section>
 *
 * are fetched again on these events and after a lost line; with `data-live-every="30"` also each 30
 * seconds while the page is seen, for what becomes untrue by time alone. A fragment's first element
 * may carry `data-announcement="2 people are waiting"`, which is read out politely when it changes.
 */

import { announce } from "./announce.js";
import { ongoing } from "./call/ongoing.js";
import { liveStream, whenStale } from "./live.js";
import { morph } from "./morph.js";

/** Several events of one transaction arrive together and need one fetch. */
const GATHER_MS = 30;
/** Shorter waits are better without a flicker. */
const SKELETON_AFTER_MS = 300;
const RETRY_MS = 5_000;
/** Of those that say no, these say "not yet" (RFC 9110 §15.5.9, RFC 6585 §4). */
const LATER = new Set([408, 429]);

/**
 * @typedef {import("./live.js").LiveStream} LiveStream
 * @typedef {import("./live.js").DomainEvent} DomainEvent
 */

/** @type {WeakMap<Element, Fragment>} */
const fragments = new WeakMap();

/**
 * Starts every live piece under `root`; calling it again is harmless.
 *
 * @param {ParentNode} root
 * @param {LiveStream} stream
 */
export function keepLive(root = document, stream = liveStream()) {
  for (const element of root.querySelectorAll("[data-live-src]")) {
    if (element instanceof HTMLElement && !fragments.has(element)) {
      fragments.set(element, new Fragment(element, stream));
    }
  }
}

class Fragment {
  /** @type {HTMLElement} */
  #element;
  #gathering = 0;
  #fetching = false;
  #again = false;

  /** @param {HTMLElement} element @param {LiveStream} stream */
  constructor(element, stream) {
    this.#element = element;
    stream.addEventListener("event", (event) => {
      const { event: name } = /** @type {CustomEvent<DomainEvent>} */ (event).detail;
      if (this.#names().includes(name)) this.#refreshSoon();
    });
    whenStale(stream, () => this.#refreshSoon());
    const seconds = Number(element.dataset["liveEvery"] ?? 0);
    if (seconds > 0) setInterval(() => document.hidden || this.#refreshSoon(), seconds * 1000);
    if (element.childElementCount === 0) this.#refreshSoon();
  }

  #names() {
    return (this.#element.dataset["liveOn"] ?? "").split(/\s+/);
  }

  #refreshSoon() {
    if (this.#gathering) return;
    this.#gathering = setTimeout(() => {
      this.#gathering = 0;
      void this.#refresh();
    }, GATHER_MS);
  }

  /** One fetch at a time; what happens during it makes one more. */
  async #refresh() {
    if (this.#fetching) {
      this.#again = true;
      return;
    }
    this.#fetching = true;
    // What is shown stays readable while it is fetched anew.
    const isEmpty = this.#element.childElementCount === 0;
    const skeleton = setTimeout(() => this.#busy(isEmpty), SKELETON_AFTER_MS);
    try {
      this.#show(await fetchFragment(this.#element.dataset["liveSrc"] ?? ""));
    } catch (error) {
      // The last good state stays; the stream's banner says that the line is lost.
      if (!(error instanceof FragmentRefused)) setTimeout(() => this.#refreshSoon(), RETRY_MS);
    } finally {
      clearTimeout(skeleton);
      this.#busy(false);
      this.#fetching = false;
    }
    if (this.#again) {
      this.#again = false;
      this.#refreshSoon();
    }
  }

  /** @param {boolean} isBusy */
  #busy(isBusy) {
    this.#element.toggleAttribute("data-skeleton", isBusy);
    this.#element.setAttribute("aria-busy", String(isBusy));
  }

  /** @param {DocumentFragment} wanted */
  #show(wanted) {
    const before = announcementOf(this.#element);
    const now = announcementOf(wanted);
    morph(this.#element, wanted);
    if (now && now !== before) announce(now);
    this.#element.dispatchEvent(new CustomEvent("fragment:updated", { bubbles: true }));
  }
}

/** Asking again is of no use: signed out, not allowed, or gone. */
export class FragmentRefused extends Error {}

/**
 * @param {string} src
 * @returns {Promise<DocumentFragment>} throws FragmentRefused, or another Error to try again
 */
export async function fetchFragment(src) {
  const response = await fetch(src, { credentials: "same-origin", cache: "no-store" });
  if (response.redirected) signedOut();
  const isLater = LATER.has(response.status);
  if (response.status >= 400 && response.status < 500 && !isLater) throw new FragmentRefused();
  if (!response.ok) throw new Error(`The fragment answered ${response.status}`);
  const template = document.createElement("template");
  template.innerHTML = (await response.text()).trim();
  return template.content;
}

/** The answer would be the sign-in page, which belongs to the whole window. A call goes on. */
function signedOut() {
  if (ongoing.size === 0) location.reload();
  throw new FragmentRefused();
}

/** @param {ParentNode} root */
function announcementOf(root) {
  return root.querySelector("[data-announcement]")?.getAttribute("data-announcement") ?? "";
}
