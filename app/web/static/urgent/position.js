/**
 * The crew's position: shared when they say so, until they say no more or the page is closed.
 * Sent at most every 15 seconds, sooner after 300 metres: often enough for a time of arrival, and
 * seldom enough for a battery and a thin line. Without a signal none is kept: the next one counts.
 */

import { serverNow } from "../clock.js";
import { hasUnsent, save, saveUntilDone, sendNewest } from "./saving.js";

const LEAST_MS = 15_000;
const SOONER_MS = 5_000;
const SOONER_METRES = 300;
const EARTH_RADIUS_M = 6_371_009;
/** A device that finds nothing for so long is said to have no position. */
const FIX_TIMEOUT_MS = 30_000;
/** A fix may come from the device's cache when it is not older than this. */
const OLDEST_MS = 10_000;
const UNSENT = "No signal. Your newest position is sent when it is back.";

/** @type {Record<number, string>} */
const FAILURES = {
  1: "This browser does not allow it. Open the browser’s settings for this site, allow Location, then press Share again.",
  2: "This phone finds no position now. It goes on trying: the open sky helps.",
  3: "This phone finds no position now. It goes on trying: the open sky helps.",
};

/**
 * @typedef {object} Sent
 * @property {number} atMs
 * @property {number} latitude
 * @property {number} longitude
 *
 * @typedef {Record<string, string | number> & { accuracy_m: number }} Fix as the API takes it
 */

/** @param {HTMLElement} root the panel @param {string} base the request's address in the API */
export function bindPosition(root, base) {
  const sharing = new Sharing(root, base);
  root.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (!button) return;
    if ("share" in button.dataset) sharing.start();
    if ("stopSharing" in button.dataset) void sharing.stop();
    const { answer, fix } = button.dataset;
    if (answer && fix) void sharing.say(`${base}/positions/${fix}/answer`, { answer });
  });
  root.addEventListener("change", (event) => {
    const select = event.target;
    if (!(select instanceof HTMLSelectElement) || !("destination" in select.dataset)) return;
    void sharing.goTo(select.value);
  });
  // A page opened again goes on with what was agreed before, without asking again.
  root.addEventListener("fragment:updated", () => {
    const shown = root.querySelector("[data-journey]");
    if (shown?.getAttribute("data-sharing") === "yes") void sharing.resume();
  });
}

class Sharing {
  /** @type {HTMLElement} */
  #root;
  #base = "";
  /** @type {number | null} */
  #watch = null;
  #stopped = false;
  /** @type {Sent | null} */
  #sent = null;
  /** Sends the newest position when its time comes: a device at rest may not say it again. */
  #later = 0;
  /** One that is under way. @type {Promise<void> | null} */
  #sending = null;

  /** @param {HTMLElement} root @param {string} base */
  constructor(root, base) {
    this.#root = root;
    this.#base = base;
  }

  /** The browser asks now, after its reason was read and the button pressed. */
  start() {
    this.#stopped = false;
    this.#begin();
  }

  /** Only where this page was not told to stop, and the browser would not ask again. */
  async resume() {
    if (this.#stopped || this.#watch !== null) return;
    // What waits to be sent may be that it is shared no more.
    if (await hasUnsent(this.#base)) return;
    const allowed = await navigator.permissions?.query({ name: "geolocation" });
    if (allowed?.state === "granted" && !this.#stopped) this.#begin();
  }

  async stop() {
    this.#stopped = true;
    this.#end();
    this.#sent = null;
    const sending = this.#sending;
    await this.say(`${this.#base}/stop-sharing`, {}, "Your position is not shared any more.");
    if (!sending) return;
    // The one that was under way may have arrived after that, and begun it anew.
    await sending;
    await save(`${this.#base}/stop-sharing`, "POST", {});
  }

  /** @param {string} locationId empty: not known */
  async goTo(locationId) {
    await this.say(`${this.#base}/destination`, { location_id: locationId || null });
  }

  /** @param {string} path @param {object} body @param {string} [done] */
  async say(path, body, done = "") {
    const status = this.#find("[data-position-status]");
    await saveUntilDone(() => save(path, "POST", body), status);
    if (done && status.textContent === "Saved") status.textContent = done;
  }

  #begin() {
    if (this.#watch !== null) return;
    if (!navigator.geolocation) {
      this.#tell("This browser cannot tell where it is.");
      return;
    }
    this.#show(true);
    this.#words("Looking for your position…");
    this.#watch = navigator.geolocation.watchPosition(
      (position) => this.#found(position),
      (error) => this.#failed(error),
      { enableHighAccuracy: true, maximumAge: OLDEST_MS, timeout: FIX_TIMEOUT_MS },
    );
  }

  #end() {
    if (this.#watch !== null) navigator.geolocation.clearWatch(this.#watch);
    this.#watch = null;
    this.#forgetLater();
    this.#show(false);
  }

  /** @param {GeolocationPosition} position */
  #found({ coords }) {
    this.#tell("");
    const { latitude, longitude, accuracy } = coords;
    const body = {
      id: crypto.randomUUID(),
      latitude,
      longitude,
      accuracy_m: Math.round(accuracy),
      taken_at: new Date(serverNow()).toISOString(),
    };
    const now = { atMs: performance.now(), latitude, longitude };
    this.#forgetLater();
    if (isDue(this.#sent, now)) this.#send(now, body);
    else this.#sendLater(LEAST_MS - (now.atMs - (this.#sent?.atMs ?? 0)), now, body);
  }

  /** @param {number} waitMs @param {Sent} now @param {Fix} body */
  #sendLater(waitMs, now, body) {
    this.#forgetLater();
    this.#later = setTimeout(() => {
      this.#later = 0;
      this.#send({ ...now, atMs: performance.now() }, body);
    }, waitMs);
  }

  #forgetLater() {
    clearTimeout(this.#later);
    this.#later = 0;
  }

  /** @param {Sent} now @param {Fix} body */
  #send(now, body) {
    this.#sent = now;
    const sending = this.#sendOne(now, body).finally(() => {
      if (this.#sending === sending) this.#sending = null;
    });
    this.#sending = sending;
  }

  /** @param {Sent} now @param {Fix} body */
  async #sendOne(now, body) {
    const { isSent, reason } = await sendNewest(`${this.#base}/positions`, body);
    if (this.#watch === null) return;
    if (reason) {
      this.#end();
      this.#tell(reason);
      return;
    }
    this.#words(isSent ? `Your position is shared, exact to ${body.accuracy_m} metres.` : UNSENT);
    // A device at rest may say nothing newer by then; one that has waits with that already.
    if (!isSent && this.#sent === now && !this.#later) this.#sendLater(LEAST_MS, now, body);
  }

  /** @param {GeolocationPositionError} error */
  #failed({ code }) {
    this.#tell(FAILURES[code] ?? "");
    if (code === 1) this.#end();
  }

  /** @param {boolean} isOn */
  #show(isOn) {
    this.#find("[data-sharing-on]").hidden = !isOn;
    this.#find("[data-sharing-off]").hidden = isOn;
  }

  /** @param {string} words */
  #words(words) {
    this.#find("[data-sharing-words]").textContent = words;
  }

  /** @param {string} words */
  #tell(words) {
    this.#find("[data-position-status]").textContent = words;
  }

  /** @param {string} selector */
  #find(selector) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(selector));
  }
}

/**
 * @param {Sent | null} sent the last one
 * @param {Sent} now
 * @returns {boolean} whether it is time to send again
 */
export function isDue(sent, now) {
  if (!sent) return true;
  const passed = now.atMs - sent.atMs;
  if (passed >= LEAST_MS) return true;
  return passed >= SOONER_MS && metresBetween(sent, now) >= SOONER_METRES;
}

/** Flat, which is right to the metre over so short a way. @param {Sent} a @param {Sent} b */
function metresBetween(a, b) {
  const radians = Math.PI / 180;
  const north = (b.latitude - a.latitude) * radians;
  const east = (b.longitude - a.longitude) * radians * Math.cos(a.latitude * radians);
  return Math.hypot(north, east) * EARTH_RADIUS_M;
}
