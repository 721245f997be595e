/**
 * "Ring this device when the page is closed": asks the browser, tells the server, and says plainly
 * what is so. `<div data-ring-device data-push-key="…" data-person="…">` holds a button and a
 * `[data-ring-device-words]`; without a key the server leaves the whole of it out.
 */

const DEVICES = "/api/v1/on-call/devices";
/** Whose device this browser is: the next person at it has not asked for anything. */
const OWNER = "openconsult-rings-for";
/** The device's id at the server, to take it away by. */
const DEVICE = "openconsult-ring-device";
const WORKER = "/sw.js";
/** Push services answer within a second or two. */
const SUBSCRIBING_MS = 20_000;

const WORDS = {
  on: "This device rings when the page is closed. What is shown on its locked screen says “Urgent request” and nothing else.",
  off: "This device rings only while a page is open.",
  unsupported:
    "This browser cannot ring while it is closed. On an iPhone or iPad, add this page to the Home Screen first and open it there.",
  denied:
    "Notifications are switched off for this page. Allow them in the browser’s settings for this site, then try again.",
  refused:
    "This browser’s push service did not take this device: it may be blocked on this network or switched off in the browser. Try again later; until then keep a page open.",
  failed: "That did not work. Check your signal and try again; until then keep a page open.",
  working: "One moment…",
};

/** @typedef {keyof typeof WORDS} State */

/** @param {HTMLElement} root */
export async function bindRingDevice(root) {
  const button = /** @type {HTMLButtonElement} */ (root.querySelector("button"));
  const words = /** @type {HTMLElement} */ (root.querySelector("[data-ring-device-words]"));
  /** @param {State} state */
  const show = (state) => {
    root.dataset["state"] = state;
    words.textContent = WORDS[state];
    button.hidden = state === "unsupported";
    button.disabled = state === "working";
    button.textContent = state === "on" ? "Do not ring this device when the page is closed" : "Ring this device when the page is closed";
  };
  const device = new RingDevice(root.dataset["pushKey"] ?? "", root.dataset["person"] ?? "");
  button.addEventListener("click", async () => {
    const wasOn = root.dataset["state"] === "on";
    show("working");
    show(wasOn ? await device.switchOff() : await device.switchOn());
  });
  show(await device.renew());
}

/** This browser as the server knows it. */
export class RingDevice {
  #key;
  #person;

  /** @param {string} key the server's, base64url @param {string} person who is signed in */
  constructor(key, person) {
    this.#key = key;
    this.#person = person;
  }

  /**
   * Tells the server again, for it forgets who signs out and addresses that change.
   *
   * @returns {Promise<State>}
   */
  async renew() {
    if (!isSupported()) return "unsupported";
    const registration = await navigator.serviceWorker.getRegistration("/").catch(() => undefined);
    const subscription = await registration?.pushManager.getSubscription();
    if (!subscription || localStorage.getItem(OWNER) !== this.#person) return "off";
    if (!this.#isOfKey(subscription)) return "off";
    return this.#tell(subscription);
  }

  /** @returns {Promise<State>} */
  async switchOn() {
    try {
      if ((await Notification.requestPermission()) !== "granted") return "denied";
      await navigator.serviceWorker.register(WORKER, { type: "module", scope: "/" });
      const { pushManager } = await navigator.serviceWorker.ready;
      const before = await pushManager.getSubscription();
      if (before && !this.#isOfKey(before)) await before.unsubscribe();
      const wanted = { userVisibleOnly: true, applicationServerKey: this.#key };
      const subscription = await inTime(pushManager.subscribe(wanted));
      return await this.#tell(subscription);
    } catch (error) {
      return stateAfter(error);
    }
  }

  /** @returns {Promise<State>} */
  async switchOff() {
    try {
      const id = localStorage.getItem(DEVICE);
      const response = id ? await fetch(`${DEVICES}/${id}`, { method: "DELETE" }) : null;
      if (response && !response.ok && response.status !== 404) return "failed";
      const registration = await navigator.serviceWorker.getRegistration("/");
      await (await registration?.pushManager.getSubscription())?.unsubscribe();
      localStorage.removeItem(OWNER);
      localStorage.removeItem(DEVICE);
      return "off";
    } catch {
      return "failed";
    }
  }

  /** @param {PushSubscription} subscription @returns {Promise<State>} */
  async #tell(subscription) {
    const body = { ...subscription.toJSON(), device: deviceName(navigator.userAgent) };
    try {
      const response = await fetch(DEVICES, {
        method: "PUT",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      if (!response.ok) return "failed";
      localStorage.setItem(OWNER, this.#person);
      localStorage.setItem(DEVICE, (await response.json()).id);
      return "on";
    } catch {
      return "failed";
    }
  }

  /** @param {PushSubscription} subscription whether it belongs to the server's present key */
  #isOfKey(subscription) {
    const { applicationServerKey: key } = subscription.options;
    if (!key) return false;
    const text = btoa(String.fromCharCode(...new Uint8Array(key)));
    return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "") === this.#key;
  }
}

/**
 * A browser that reaches no push service may never say so.
 *
 * @template T
 * @param {Promise<T>} subscribing
 * @returns {Promise<T>}
 */
function inTime(subscribing) {
  return Promise.race([
    subscribing,
    new Promise((_, reject) => {
      setTimeout(() => reject(new DOMException("no push service answered", "AbortError")), SUBSCRIBING_MS);
    }),
  ]);
}

/**
 * What a browser says that could not subscribe (Push API, PushManager.subscribe).
 *
 * @param {unknown} error
 * @returns {State}
 */
function stateAfter(error) {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError") return "denied";
  return name === "AbortError" ? "refused" : "failed";
}

function isSupported() {
  return "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
}

/**
 * As its owner would call it; nothing that tells one such device from another.
 *
 * @param {string} agent
 */
export function deviceName(agent) {
  const browsers = /** @type {const} */ ([
    ["Edg/", "Edge"],
    ["Firefox/", "Firefox"],
    ["Chrome/", "Chrome"],
    ["Safari/", "Safari"],
  ]);
  const systems = /** @type {const} */ ([
    ["Android", "Android"],
    ["iPhone", "iPhone"],
    ["iPad", "iPad"],
    ["Windows", "Windows"],
    ["Mac OS", "Mac"],
    ["Linux", "Linux"],
  ]);
  const found = (/** @type {readonly (readonly [string, string])[]} */ names) =>
    names.find(([mark]) => agent.includes(mark))?.[1];
  return `${found(browsers) ?? "Browser"} on ${found(systems) ?? "a computer"}`;
}
