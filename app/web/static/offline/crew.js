/**
 * What a crew's pages do with and without a signal: the worker, the strip, the facts to work
 * from, and a sign-out that loses nothing unasked.
 */

import { liveStream } from "../live.js";
import { device } from "./device.js";
import { forgetOldCases } from "./mirror.js";
import { NotKept } from "./outbox.js";
import { guardSignOut } from "./sign-out.js";
import { Strip } from "./strip.js";

const FACTS = "/offline/facts";

/** @typedef {import("./device.js").Device} Device */

const root = /** @type {HTMLElement} */ (document.querySelector("[data-kept]"));
export const isShell = root.dataset["shell"] !== undefined;

void registerWorker();
/** Once what is kept can be read: the device, or null where nothing can be kept. */
export const ready = begin();

/** @returns {Promise<Device | null>} */
async function begin() {
  try {
    const here = await device();
    if (here) start(here);
    else say("Nobody is signed in on this phone. Signing in needs a signal. Ring your control room.");
    return here;
  } catch (error) {
    if (!(error instanceof NotKept)) throw error;
    say(`${error.message} If the signal goes, write it down and ring.`);
    return null;
  }
}

/** @param {Device} here */
function start(here) {
  const strip = new Strip(root, here, { isShell });
  if (isShell) here.halt = "no-line";
  else followLine(here);
  guardSignOut(root, here.outbox);
  void strip.show();
  void here.sendNow();
  if (!isShell) void learn(here);
  void forgetOldCases(here.outbox);
}

/** The live stream knows sooner than any attempt. @param {Device} here */
function followLine(here) {
  liveStream().addEventListener("state", (event) => {
    const { state } = /** @type {CustomEvent} */ (event).detail;
    if (state === "live") here.lineIsBack();
  });
}

/** The specialties and their telephone numbers, for when there is no signal. @param {Device} here */
async function learn(here) {
  try {
    const response = await fetch(FACTS, { cache: "no-store", redirect: "error" });
    if (response.ok) await here.outbox.putFact("lines", await response.json());
  } catch {
    // The ones learnt before still count.
  }
}

/** @param {string} words */
function say(words) {
  root.hidden = false;
  const place = /** @type {HTMLElement} */ (root.querySelector("[data-kept-words]"));
  place.hidden = false;
  place.textContent = words;
}

async function registerWorker() {
  try {
    const registration = await navigator.serviceWorker?.register("/sw.js", { type: "module" });
    // Nothing of this page was made by the version before: it may take over, unless another
    // window is open, which may be in a call.
    registration?.waiting?.postMessage("take-over");
  } catch {
    // Browsers without module workers, and pages over plain HTTP, do without a start offline.
  }
}
