/** The strip that says what is kept on this phone, why, and what to do about it. */

import { announce } from "../announce.js";

/** What is sent at once is no news. */
const SAY_SENDING_AFTER_MS = 1_500;

/**
 * @typedef {import("./device.js").Device} Device
 * @typedef {import("./outbox.js").Kept} Kept
 * @typedef {import("./outbox.js").Halt} Halt
 */

/**
 * @param {number} count
 * @param {Halt | ""} halt
 * @returns {string} what a crew needs to know of what waits
 */
export function waitingWords(count, halt) {
  const things = count === 1 ? "1 thing" : `${count} things`;
  const them = count === 1 ? "it" : "them";
  if (halt === "no-line") return `No signal. ${things} kept on this phone, will send when it is back.`;
  if (halt === "signed-out") return `Sign in again to send ${things}. Until then this phone keeps ${them}.`;
  if (halt === "later") return `The service does not answer yet. ${things} kept on this phone, will send by itself.`;
  return `Sending ${things}…`;
}

export class Strip {
  /** @type {HTMLElement} */
  #root;
  /** @type {Device} */
  #device;
  #isShell;
  #timer = 0;
  #said = "";

  /** @param {HTMLElement} root @param {Device} device @param {{ isShell: boolean }} page */
  constructor(root, device, { isShell }) {
    this.#root = root;
    this.#device = device;
    this.#isShell = isShell;
    // Back to this very page: its call goes on.
    const signIn = /** @type {HTMLAnchorElement} */ (root.querySelector("[data-kept-sign-in] a"));
    signIn.href = `/sign-in?next=${encodeURIComponent(location.pathname)}`;
    device.addEventListener("state", () => void this.show());
    root.addEventListener("click", (event) => void this.#clicked(event));
  }

  async show() {
    const kept = await this.#device.outbox.list();
    const others = await this.#device.outbox.others();
    const waiting = kept.filter(({ state }) => state === "waiting");
    const aside = kept.filter(({ state }) => state === "aside");
    this.#fill("[data-kept-list]", waiting.map(waitingItem));
    this.#fill("[data-kept-aside]", aside.map(asideItem));
    this.#fill("[data-kept-others]", others.map(othersItem));
    this.#find("[data-kept-more]").hidden = waiting.length === 0;
    this.#find("[data-kept-sign-in]").hidden = waiting.length === 0 || this.#device.halt !== "signed-out";
    this.#sayOf(waiting.length, aside.length > 0 || others.length > 0);
  }

  /** @param {number} count @param {boolean} hasMore */
  #sayOf(count, hasMore) {
    clearTimeout(this.#timer);
    const words = this.#words(count);
    const isSending = count > 0 && (this.#device.halt === "" || this.#device.halt === "empty");
    if (isSending && this.#root.hidden) {
      this.#timer = setTimeout(() => this.#say(words, hasMore), SAY_SENDING_AFTER_MS);
    } else this.#say(words, hasMore);
  }

  /** @param {number} count */
  #words(count) {
    if (count > 0) return waitingWords(count, this.#device.halt);
    if (!this.#isShell) return "";
    return "No signal. You can go on: what you enter is kept on this phone, and sent when it is back.";
  }

  /** @param {string} words @param {boolean} hasMore */
  #say(words, hasMore) {
    const place = this.#find("[data-kept-words]");
    if (place.textContent !== words) place.textContent = words;
    place.hidden = words === "";
    this.#root.dataset["state"] = this.#device.halt || "sending";
    this.#root.hidden = words === "" && !hasMore;
    if (words === this.#said) return;
    announce(words || "Everything is sent.");
    this.#said = words;
  }

  /** @param {Event} event */
  async #clicked(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    const id = button?.dataset["entry"];
    if (!id) return;
    if (button?.dataset["do"] === "again") await this.#device.outbox.tryAgain(id);
    if (button?.dataset["do"] === "discard") await this.#device.outbox.discard(id);
  }

  /** @param {string} selector @param {HTMLElement[]} items */
  #fill(selector, items) {
    const list = this.#find(selector);
    list.replaceChildren(...items);
    list.hidden = items.length === 0;
  }

  /** @param {string} selector */
  #find(selector) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(selector));
  }
}

/** @param {Kept} kept */
function waitingItem({ happenedAt, label }) {
  return item(`${clock(happenedAt)}: ${label}`);
}

/** @param {Kept} kept */
function asideItem({ id, happenedAt, label, reason }) {
  const element = item(`${clock(happenedAt)}: ${label} was not accepted. ${reason}`);
  element.append(button("Try again", "again", id), button("Remove", "discard", id));
  return element;
}

/** @param {{ name: string, count: number }} others */
function othersItem({ name, count }) {
  const things = count === 1 ? "1 thing" : `${count} things`;
  return item(`${things} of ${name} wait on this phone, locked. ${name} must sign in here to send them.`);
}

/** @param {string} words */
function item(words) {
  const element = document.createElement("li");
  element.textContent = words;
  return element;
}

/** @param {string} words @param {string} deed @param {string} id */
function button(words, deed, id) {
  const element = document.createElement("button");
  Object.assign(element, { type: "button", className: "nhsuk-button nhsuk-button--secondary app-kept__button" });
  element.textContent = words;
  Object.assign(element.dataset, { do: deed, entry: id });
  return element;
}

/** @param {string} moment RFC 3339 */
function clock(moment) {
  return new Date(moment).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}
