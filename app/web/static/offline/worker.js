/**
 * The service worker of the crew's pages. It keeps shells and scripts, never anybody's page, and
 * answers with them when the server cannot be reached; and it sends what waits when the line is
 * back, also when no page is open.
 */

import { Outbox } from "./outbox.js";

const PREFIX = "openconsult-";
/** Longer than this a crew does not look at an empty screen. */
const NAVIGATION_MS = 6_000;
const SYNC_TAG = "openconsult-outbox";
const REQUEST_PAGE = /^\/urgent\/([0-9a-f-]{36})$/;
const OF_A_REQUEST = /^\/urgent\/[0-9a-f-]{36}(\/|$)/;
const CREW_PAGES = new Set(["/", "/urgent", "/sign-in"]);
const ASK = "/offline/ask";
const REQUEST = "/offline/request";
/** Scripts are fetched with an origin and were kept without: what is kept is the same for all. */
const KEPT_FOR_ALL = { ignoreVary: true };

/**
 * What the standard's ServiceWorkerGlobalScope has of it (lib.dom has only windows).
 *
 * @typedef {Event & { waitUntil(work: Promise<unknown>): void }} Lasting
 * @typedef {Lasting & { request: Request, respondWith(answer: Promise<Response>): void }} Fetching
 * @typedef {object} Scope
 * @property {() => Promise<void>} skipWaiting
 * @property {{ claim(): Promise<void>, matchAll(options: object): Promise<unknown[]> }} clients
 * @property {(type: string, listener: (event: any) => void) => void} addEventListener
 */
const scope = /** @type {Scope} */ (/** @type {unknown} */ (self));

/** @param {{ version: string, files: string[] }} release what to keep, and under which name */
export function work({ version, files }) {
  const name = `${PREFIX}${version}`;
  scope.addEventListener("install", (/** @type {Lasting} */ event) => event.waitUntil(install(name, files)));
  scope.addEventListener("activate", (/** @type {Lasting} */ event) => event.waitUntil(activate(name)));
  scope.addEventListener("fetch", (/** @type {Fetching} */ event) => answer(event));
  scope.addEventListener("sync", (/** @type {Lasting & { tag: string }} */ event) => {
    if (event.tag === SYNC_TAG) event.waitUntil(sendWaiting());
  });
  scope.addEventListener("message", (/** @type {MessageEvent & Lasting} */ event) => {
    if (event.data === "take-over") event.waitUntil(takeOver());
  });
}

/** All or nothing: half a version would be none. @param {string} name @param {string[]} files */
async function install(name, files) {
  const cache = await caches.open(name);
  await cache.addAll(files.map((file) => new Request(file, { cache: "reload", credentials: "omit" })));
}

/** @param {string} name */
async function activate(name) {
  const old = (await caches.keys()).filter((each) => each.startsWith(PREFIX) && each !== name);
  await Promise.all(old.map((each) => caches.delete(each)));
  await scope.clients.claim();
}

/** Another window may be in a call, which goes on with the version it began with. */
async function takeOver() {
  const windows = await scope.clients.matchAll({ type: "window", includeUncontrolled: true });
  if (windows.length <= 1) await scope.skipWaiting();
}

/** @param {Fetching} event */
function answer(event) {
  const url = new URL(event.request.url);
  if (url.origin !== location.origin) return;
  // A form that was posted must not be answered by a page whose reload would post it once more.
  if (event.request.method !== "GET") return;
  if (event.request.mode === "navigate") {
    if (isCrewPage(url.pathname)) event.respondWith(page(event.request, url.pathname));
  } else if (isFile(url.pathname)) {
    event.respondWith(file(event.request));
  }
}

/** @param {string} path */
function isCrewPage(path) {
  return CREW_PAGES.has(path) || path.startsWith("/urgent/");
}

/** @param {string} path */
function isFile(path) {
  return path.startsWith("/static/") || path.startsWith("/assets/") || path === "/app.webmanifest";
}

/** Kept files are named by their version or renewed with it. @param {Request} request */
async function file(request) {
  return (await caches.match(request, KEPT_FOR_ALL)) ?? fetch(request);
}

/** @param {Request} request @param {string} path */
async function page(request, path) {
  const raised = REQUEST_PAGE.exec(path)?.[1];
  try {
    const response = await timely(fetch(request));
    if (response.status !== 404 || !raised) return response;
    // What does not wait any more may have been sent since the server was asked.
    return (await waits(raised)) ? shell(REQUEST) : await timely(fetch(request));
  } catch (error) {
    // The same worker shows a specialist's pushes: theirs is no crew's page.
    if (!path.startsWith("/urgent") && !(await isCrews())) throw error;
    return shell(OF_A_REQUEST.test(path) ? REQUEST : ASK);
  }
}

/** Whether a crew has used this phone: the other pages belong to everybody. */
async function isCrews() {
  return (await Outbox.ofLast().catch(() => null)) !== null;
}

/** @param {Promise<Response>} response @returns {Promise<Response>} */
function timely(response) {
  return Promise.race([
    response,
    new Promise((_, reject) => setTimeout(() => reject(new Error("no answer in time")), NAVIGATION_MS)),
  ]);
}

/** @param {string} path */
async function shell(path) {
  return (await caches.match(path, KEPT_FOR_ALL)) ?? Response.error();
}

/** Whether a request was raised here and has not reached the server. @param {string} request */
async function waits(request) {
  const outbox = await Outbox.ofLast().catch(() => null);
  const kept = (await outbox?.list()) ?? [];
  return kept.some((each) => each.request === request && each.opens);
}

/** Rejects while the line is not back, so that the browser asks again later. */
async function sendWaiting() {
  const outbox = await Outbox.ofLast().catch(() => null);
  const halt = (await outbox?.replay()) ?? "empty";
  if (halt === "no-line" || halt === "later") throw new Error(halt);
}
