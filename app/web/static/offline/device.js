/**
 * This page's outbox, and when it is emptied: at once, when the line is back, when the page is
 * looked at again, and every few seconds while anything waits.
 */

import { serverNow } from "../clock.js";
import { Outbox } from "./outbox.js";

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 15_000;
const SYNC_TAG = "openconsult-outbox";

/**
 * @typedef {import("./outbox.js").Entering} Entering
 * @typedef {import("./outbox.js").Halt} Halt
 * @typedef {Omit<Entering, "happenedAt"> & { happenedAt?: string }} Entered
 */

/** Events: `state` when the line, the sign-in or what waits has changed. */
export class Device extends EventTarget {
  /** @type {Outbox} */
  outbox;
  /** @type {Halt | ""} why the last attempt stopped; empty before the first */
  halt = "";
  #attempt = 0;
  #timer = 0;

  /** @param {Outbox} outbox */
  constructor(outbox) {
    super();
    this.outbox = outbox;
    outbox.addEventListener("change", (event) => {
      if (/** @type {CustomEvent} */ (event).detail.state === "due") void this.sendNow();
      this.dispatchEvent(new Event("state"));
    });
    addEventListener("online", () => void this.sendNow());
    addEventListener("offline", () => this.#halted("no-line"));
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") void this.sendNow();
    });
  }

  /**
   * Keeps it, then tries to send it.
   *
   * @param {Entered} entered
   * @returns {Promise<string>} its id, as soon as it is kept; throws NotKept
   */
  async enter(entered) {
    const happenedAt = entered.happenedAt ?? new Date(serverNow()).toISOString();
    const id = await this.outbox.keep({ ...entered, happenedAt });
    void this.sendNow();
    return id;
  }

  /** @returns {Promise<Halt>} */
  async sendNow() {
    clearTimeout(this.#timer);
    const halt = await this.outbox.replay().catch(() => /** @type {Halt} */ ("later"));
    this.#halted(halt);
    return halt;
  }

  /** The line is known to be there by other signs. */
  lineIsBack() {
    this.#attempt = 0;
    if (this.halt === "no-line") void this.sendNow();
  }

  /** @param {Halt} halt */
  #halted(halt) {
    this.halt = halt;
    clearTimeout(this.#timer);
    if (halt === "empty") this.#attempt = 0;
    if (halt === "no-line" || halt === "later") this.#later();
    this.dispatchEvent(new Event("state"));
  }

  #later() {
    const window = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#attempt);
    const wait = Math.max(this.outbox.laterMs, window * (0.5 + Math.random() / 2));
    this.#attempt += 1;
    this.#timer = setTimeout(() => void this.sendNow(), wait);
    void askForSync();
  }
}

/** Where browsers have it, the worker sends even when the page is closed before the line is back. */
async function askForSync() {
  const registration = await navigator.serviceWorker?.getRegistration();
  const { sync } = /** @type {{ sync?: { register(tag: string): Promise<void> } }} */ (registration ?? {});
  await sync?.register(SYNC_TAG).catch(() => undefined);
}

/** @type {Promise<Device | null> | null} */
let shared = null;

/**
 * The page says who is signed in; a page from the worker's store does not know, and takes
 * whoever was seen last.
 *
 * @returns {Promise<Device | null>} null where nobody was; rejects with NotKept
 */
export function device() {
  shared ??= open();
  return shared;
}

async function open() {
  const { person, personName } = document.querySelector("[data-kept]") instanceof HTMLElement
    ? /** @type {HTMLElement} */ (document.querySelector("[data-kept]")).dataset
    : /** @type {DOMStringMap} */ ({});
  const outbox = person ? await Outbox.of(person, personName ?? "") : await Outbox.ofLast();
  return outbox && new Device(outbox);
}
