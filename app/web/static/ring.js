/**
 * The incoming ring, over any page: what rings is the HTML of `/fragments/ring`, fetched when a
 * request's state changes. Here are the sound, the vibration, the flashing title and the
 * countdown. Nothing personal is in the title.
 */

import { announce } from "./announce.js";
import { ongoing } from "./call/ongoing.js";
import { audioContext, playNote } from "./call/sound.js";
import { serverNow } from "./clock.js";
import { Countdown, untilOf } from "./countdown.js";
import { FragmentRefused, fetchFragment } from "./fragment.js";
import { liveStream } from "./live.js";
import { morph } from "./morph.js";

const FRAGMENT = "/fragments/ring";
/** It may change the score of what rings. */
const READING = "observation.recorded";
/** A UK telephone's double ring: two bursts, then two seconds of quiet (BT SIN 350). */
const BURSTS_SECONDS = [0, 0.6];
const BURST_SECONDS = 0.4;
const CADENCE_MS = 3_000;
const NOTES_HERTZ = [400, 450];
const VIBRATION_MS = [400, 200, 400];
const TITLE_FLASH_MS = 1_000;
const TITLE = "● Urgent request";
/** A ring lasts half a minute: every second counts. */
const RETRY_MS = 1_000;
/** The server moves on at once and says so; after this long without a word, the line is gone. */
const OVERDUE_MS = 3_000;
/** Who answered is read in a moment; whoever was away from the screen finds it in the queue. */
const OVER_MS = 30_000;

/**
 * @typedef {import("./live.js").LiveStream} LiveStream
 * @typedef {import("./live.js").DomainEvent} DomainEvent
 */

/**
 * Rings whenever the server says that somebody rings for this person.
 *
 * @param {LiveStream} stream
 * @returns {Ring}
 */
export function ringOverPage(stream = liveStream()) {
  const ring = new Ring();
  stream.addEventListener("event", (event) => {
    const { event: name } = /** @type {CustomEvent<DomainEvent>} */ (event).detail;
    const tells = name.startsWith("request.") || (ring.isRinging && name === READING);
    if (tells) void ring.refresh();
  });
  stream.addEventListener("stale", () => void ring.refresh());
  return ring;
}

/** Event `change` when it starts or stops. */
export class Ring extends EventTarget {
  #dialog = document.createElement("dialog");
  #sound = new RingSound();
  #title = new FlashingTitle();
  #countdown = new Countdown(this.#dialog);
  #latest = 0;
  /** The request in front; it stays there while it rings. */
  #showing = "";
  #others = 0;
  #overdue = 0;
  /** Whether something rings here now. */
  isRinging = false;

  constructor() {
    super();
    this.#dialog.className = "app-ring";
    // Escape must not silence a request that still waits for an answer. Browsers let only the
    // first one be prevented, so after the second it opens again.
    this.#dialog.addEventListener("cancel", (event) => event.preventDefault());
    this.#dialog.addEventListener("close", () => this.isRinging && this.#dialog.showModal());
    this.#dialog.addEventListener("submit", (event) => void this.#answer(event));
    this.#dialog.addEventListener("click", (event) => {
      const shown = /** @type {Element} */ (event.target).closest?.("[data-shows]");
      if (shown) void this.#bringForward(shown.getAttribute("data-shows") ?? "");
    });
  }

  /** Shows what rings now, or stops when nothing does. */
  async refresh() {
    this.#latest += 1;
    const turn = this.#latest;
    try {
      const showing = this.#showing ? `?showing=${encodeURIComponent(this.#showing)}` : "";
      const content = await fetchFragment(FRAGMENT + showing);
      if (turn === this.#latest) this.#show(content);
    } catch (error) {
      if (turn !== this.#latest) return;
      if (error instanceof FragmentRefused || this.#isOverdue()) this.#show(new DocumentFragment());
      else setTimeout(() => void this.refresh(), RETRY_MS);
    }
  }

  /** @param {DocumentFragment} content without anything when nothing rings */
  #show(content) {
    const over = content.querySelector("[data-ring-over]");
    over?.remove();
    const rings = content.childElementCount > 0;
    const ringing = content.querySelector("[data-ring]");
    const before = this.#showing;
    this.#showing = ringing?.getAttribute("data-ring") ?? "";
    this.#expect(content.querySelector("[data-countdown-until]"));
    this.#countOthers(Number(ringing?.getAttribute("data-others") ?? 0));
    if (rings) morph(this.#dialog, calmed(content));
    if (rings && this.isRinging && before !== this.#showing) this.#begin();
    if (over) this.#tellOver(over, rings);
    if (rings === this.isRinging) return;
    this.isRinging = rings;
    if (rings) this.#start();
    else this.#stop();
    this.dispatchEvent(new Event("change"));
  }

  /**
   * A ring whose end nobody tells, because the line is gone, is asked after and then ends by itself.
   *
   * @param {Element | null} countdown
   */
  #expect(countdown) {
    clearTimeout(this.#overdue);
    if (!countdown) return;
    const leftMs = untilOf(countdown) - serverNow();
    this.#overdue = setTimeout(() => void this.refresh(), Math.max(leftMs, 0) + OVERDUE_MS);
  }

  #isOverdue() {
    const countdown = this.#dialog.querySelector("[data-countdown-until]");
    return countdown !== null && serverNow() >= untilOf(countdown) + OVERDUE_MS;
  }

  /** @param {number} others that ring beside the one in front */
  #countOthers(others) {
    if (others > this.#others && this.isRinging) announce("Another request rings for you.");
    this.#others = others;
  }

  /** @param {string} requestId */
  async #bringForward(requestId) {
    this.#showing = requestId;
    await this.refresh();
  }

  #start() {
    document.body.append(this.#dialog);
    this.#dialog.showModal();
    this.#begin();
    this.#sound.start((isBlocked) => this.#dialog.toggleAttribute("data-silent", isBlocked));
    this.#title.start();
    this.#countdown.start();
  }

  /** Another request stands in front: nothing of the one before is left of what was opened. */
  #begin() {
    for (const each of this.#dialog.querySelectorAll("details[open]")) each.removeAttribute("open");
    this.#problem("");
    // Asked to take over the call that one is in, one stays in it.
    const call = this.#dialog.querySelector("[data-call]")?.getAttribute("data-call");
    const leaves = ongoing.size > 0 && call !== location.pathname;
    this.#dialog.toggleAttribute("data-in-call", leaves);
    const heading = headingOf(this.#dialog);
    if (heading?.id) this.#dialog.setAttribute("aria-labelledby", heading.id);
    heading?.focus();
    this.#dialog.scrollTop = 0;
  }

  #stop() {
    this.#sound.stop();
    this.#title.stop();
    this.#countdown.stop();
    this.#dialog.close();
    this.#dialog.replaceChildren();
    this.#dialog.remove();
    void closeNotifications();
    announce("The request is not ringing here any more.");
  }

  /**
   * Answers without leaving the page first: whoever was not the first stays where they are and is
   * told who has it.
   *
   * @param {SubmitEvent} event
   */
  async #answer(event) {
    const form = /** @type {HTMLFormElement} */ (event.target);
    const path = form.dataset["answers"];
    if (!path) return;
    event.preventDefault();
    this.#busy(true);
    try {
      const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
      const response = await post(path, bodyOf(button));
      if (response.ok) await this.#answered(path, button, await response.json());
      else if (response.status === 409) await this.refresh();
      else this.#problem("That did not work. Try again, or answer on another device.");
    } catch {
      this.#problem("No signal: that did not get through. Try again.");
    } finally {
      this.#busy(false);
    }
  }

  /**
   * @param {string} path
   * @param {HTMLButtonElement | null} button
   * @param {{ id: string, encounter_id?: string | null }} request
   */
  async #answered(path, button, request) {
    if (!path.endsWith("/accept")) {
      await this.refresh();
      return;
    }
    this.#sound.stop();
    void closeNotifications();
    await holdPresent(request.id);
    const sound = button?.value === "sound" ? "?by=sound" : "";
    location.assign(`/consultations/${request.encounter_id}${sound}`);
  }

  /** @param {boolean} isBusy */
  #busy(isBusy) {
    this.#dialog.setAttribute("aria-busy", String(isBusy));
    for (const button of this.#dialog.querySelectorAll("button")) button.disabled = isBusy;
  }

  /**
   * What became of the request that was in front: in the next one's place to read it, or over the
   * page.
   *
   * @param {Element} over
   * @param {boolean} rings
   */
  #tellOver(over, rings) {
    const place = rings && this.#dialog.querySelector("[data-ring-told]");
    if (!place) tellOver(over);
    else place.textContent = `The one before: ${over.querySelector("strong")?.textContent ?? ""}`;
  }

  /** @param {string} words */
  #problem(words) {
    const place = this.#dialog.querySelector("[data-ring-problem]");
    if (place) place.textContent = words;
  }
}

/** What a button of a form says: its name and value, a reason in words. */
function bodyOf(/** @type {HTMLButtonElement | null} */ button) {
  if (!button?.name || button.name === "by") return {};
  return { [button.name]: button.dataset["words"] ?? button.value };
}

/** @param {string} path @param {object} body */
function post(path, body) {
  return fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Accept": "application/json" },
    body: JSON.stringify(body),
  });
}

/**
 * Whoever has answered while they have another crew on the line puts that one on hold: it is told,
 * and sees that they come back. Not before: whoever was not the first stays with their crew.
 *
 * @param {string} answered
 */
async function holdPresent(answered) {
  const present = document.querySelector("[data-urgent-request]")?.getAttribute("data-urgent-request");
  if (!present || present === answered) return;
  await post(`/api/v1/service-requests/${present}/hold`, {}).catch(() => undefined);
}

/** What notifications of the service worker still say that it rings here. */
async function closeNotifications() {
  const registration = await navigator.serviceWorker?.getRegistration("/").catch(() => undefined);
  const shown = (await registration?.getNotifications?.()) ?? [];
  for (const each of shown) if (each.tag.startsWith("/on-call/requests/")) each.close();
}

/**
 * Says what became of a request that has stopped ringing here, until it is read.
 *
 * @param {Element} words
 */
function tellOver(words) {
  document.querySelector(".app-ring-over")?.remove();
  const note = document.createElement("div");
  note.className = "app-ring-over";
  note.setAttribute("role", "status");
  const close = document.createElement("button");
  close.type = "button";
  close.className = "app-ring-over__close";
  close.textContent = "Close";
  close.addEventListener("click", () => note.remove());
  note.append(words, close);
  document.body.append(note);
  setTimeout(() => note.remove(), OVER_MS);
}

/**
 * Focus goes to the heading and not to a button: whoever types at this moment would answer or
 * decline by the next key.
 *
 * @param {DocumentFragment} content
 */
function calmed(content) {
  for (const element of content.querySelectorAll("[autofocus]")) {
    element.removeAttribute("autofocus");
  }
  headingOf(content)?.setAttribute("tabindex", "-1");
  return content;
}

/** @param {ParentNode} root @returns {HTMLElement | null} */
function headingOf(root) {
  return root.querySelector("h1, h2");
}

class RingSound {
  #timer = 0;

  /** @param {(isBlocked: boolean) => void} tell true until the person has touched the page */
  start(tell) {
    this.stop();
    const once = () => {
      const context = audioContext();
      if (context.state !== "running") context.resume().catch(() => undefined);
      tell(context.state !== "running");
      if (context.state === "running") doubleRing(context);
      vibrate(VIBRATION_MS);
    };
    once();
    this.#timer = setInterval(once, CADENCE_MS);
  }

  stop() {
    clearInterval(this.#timer);
    vibrate(0);
  }
}

/**
 * Before the first touch it is refused, and complained of on the console.
 *
 * @param {number | number[]} pattern
 */
function vibrate(pattern) {
  if (navigator.userActivation?.hasBeenActive ?? true) navigator.vibrate?.(pattern);
}

/** @param {AudioContext} context */
function doubleRing(context) {
  for (const startSeconds of BURSTS_SECONDS) {
    for (const hertz of NOTES_HERTZ) {
      const note = { context, destination: context.destination, hertz, startSeconds, gain: 0.2 };
      void playNote({ ...note, lengthSeconds: BURST_SECONDS });
    }
  }
}

class FlashingTitle {
  #timer = 0;
  #own = "";

  start() {
    this.stop();
    this.#own = document.title;
    const flash = () => {
      document.title = document.title === TITLE ? this.#own : TITLE;
    };
    flash();
    this.#timer = setInterval(flash, TITLE_FLASH_MS);
  }

  stop() {
    if (!this.#timer) return;
    clearInterval(this.#timer);
    this.#timer = 0;
    document.title = this.#own;
  }
}
