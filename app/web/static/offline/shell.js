/**
 * A page that came from the worker's store is filled from what this device keeps, and gives way
 * to the real one when the server answers again.
 */

import { ongoing } from "../call/ongoing.js";
import { caseOf } from "./mirror.js";

const ALIVE = "/health/live";
const ASK_AGAIN_MS = 3_000;
const ANSWER_MS = 3_000;
/** Nobody loses the field they are typing in; a pause is long enough. */
const PAUSE_MS = 3_000;
const FOCUSED = "openconsult-focused";

/** @typedef {import("./device.js").Device} Device */

/** @returns {string} the request in this page's address */
export function requestInAddress() {
  return /[0-9a-f-]{36}/.exec(location.pathname)?.[0] ?? "";
}

/**
 * The template stands for any request: here it becomes this one.
 *
 * @param {HTMLElement} root
 */
export function nameRequest(root) {
  const template = root.dataset["request"] ?? "";
  const request = requestInAddress();
  root.dataset["request"] = request;
  for (const name of ["data-live-src", "data-base", "data-scale", "data-pregnant", "href"]) {
    for (const element of root.querySelectorAll(`[${name}*="${template}"]`)) {
      element.setAttribute(name, (element.getAttribute(name) ?? "").replace(template, request));
    }
  }
}

/** What was asked, and whom to ring meanwhile. @param {HTMLElement} root @param {Device} here */
export async function showRequest(root, here) {
  const request = requestInAddress();
  const { words } = await caseOf(here.outbox, request);
  const waits = (await here.outbox.list()).some((each) => each.request === request && each.opens);
  const form = root.querySelector("[data-case]");
  if (form instanceof HTMLElement) form.dataset["specialty"] = words["specialty"] ?? "";
  const heading = root.querySelector("h1");
  if (heading && words["service"]) heading.textContent = words["service"];
  const state = root.querySelector("[data-kept-state]");
  if (state) state.textContent = waits ? "Waiting for a signal." : "No signal.";
  if (state?.nextElementSibling) {
    state.nextElementSibling.textContent = waits
      ? `Your request is kept on this phone: “${words["question"] ?? ""}”. It rings as soon as there is a signal.`
      : "Your request is with the service. What happens there is shown when the signal is back.";
  }
  await showPhone(root, here, words["phone"] ?? "");
}

/** @param {HTMLElement} root @param {Device} here @param {string} known */
async function showPhone(root, here, known) {
  const lines = await here.outbox.fact("lines");
  const phone = known || lines?.phone || "";
  const place = root.querySelector("[data-kept-phone]");
  const link = place?.querySelector("a");
  if (!(place instanceof HTMLElement) || !link || !phone) return;
  link.textContent = phone;
  link.href = `tel:${phone.replaceAll(" ", "")}`;
  place.hidden = false;
}

/** The real page takes this one's place once the server answers and nobody is typing. @param {Device | null} here */
export async function giveWay(here) {
  for (;;) {
    await pause(ASK_AGAIN_MS);
    if (document.visibilityState !== "visible" || !(await isAlive())) continue;
    here?.lineIsBack();
    if (here && !(await hasSent(here))) continue;
    await calm();
    remember();
    location.reload();
    return;
  }
}

/** A request that the server refused has no page there. @param {Device} here */
async function hasSent(here) {
  const halt = await here.sendNow();
  if (halt === "signed-out") return true;
  const request = requestInAddress();
  const kept = await here.outbox.list();
  return halt === "empty" && !kept.some((each) => each.request === request && each.opens);
}

/** By our own server, not by a ward's sign-in page. */
export async function isAlive() {
  try {
    const response = await fetch(ALIVE, { cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS) });
    return response.ok && response.headers.has("x-request-id");
  } catch {
    return false;
  }
}

/** @returns {Promise<void>} when no call is on and no field has been typed in for a while */
async function calm() {
  let typedAt = 0;
  addEventListener("input", () => (typedAt = Date.now()), { capture: true });
  typedAt = Date.now() - PAUSE_MS + 500;
  while (ongoing.size > 0 || Date.now() - typedAt < PAUSE_MS) await pause(250);
}

function remember() {
  const id = document.activeElement?.id ?? "";
  try {
    sessionStorage.setItem(FOCUSED, JSON.stringify({ id, scroll: scrollY }));
  } catch {
    // The page begins at its top then.
  }
}

/** Focus and place are where they were before the page gave way. */
export function restorePlace() {
  try {
    const { id, scroll } = JSON.parse(sessionStorage.getItem(FOCUSED) ?? "{}");
    sessionStorage.removeItem(FOCUSED);
    if (id) document.getElementById(id)?.focus({ preventScroll: true });
    if (scroll) scrollTo(0, scroll);
  } catch {
    // As above.
  }
}

/** @param {number} milliseconds */
function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
