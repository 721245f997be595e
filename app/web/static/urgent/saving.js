/**
 * What a crew enters is saved as it is entered: kept on the device first, then sent, and sent
 * later where there is no signal (offline/outbox.js).
 */

import { NotKept } from "../offline/outbox.js";
import { device } from "../offline/device.js";

const RETRY_MS = 3_000;
/** A newer one comes soon. */
const NEWEST_MS = 10_000;
const BYTES = "application/octet-stream";
const SAVING = "Saving…";
const UNKEPT_WORDS =
  "Not saved yet, and this phone cannot keep it. Stay on this page until it says Saved.";
export const KEPT_WORDS = "No signal. Kept on this phone, will send by itself.";
const SIGNED_OUT_WORDS = "Kept on this phone. Sign in again to send it.";
const DISCARDED_WORDS = "Not sent: it has been removed from this phone.";

/**
 * @typedef {import("../offline/device.js").Device} Device
 * @typedef {"POST" | "PATCH" | "PUT"} Method
 */

/** What became of the entry behind a promise of `save`. @type {WeakMap<Promise<string>, Promise<Watched | null>>} */
const watched = new WeakMap();

/** @typedef {{ device: Device, id: string }} Watched */

/**
 * @param {string} path in the API, of a request: what it is about is read from it
 * @param {Method} method
 * @param {object} body
 * @returns {Promise<string>} empty when the server has it, or what to say
 */
export function save(path, method, body) {
  const entered = enter(path, method, body);
  const said = entered.then((found) => (found ? outcome(found) : sendOnly(path, method, body)));
  watched.set(said, entered);
  return said;
}

/**
 * Bytes that a person would miss: a photo, a clip. Until the server has it, or never will.
 *
 * @param {string} path with the document's own `id` in its query
 * @param {{ id: string, bytes: ArrayBuffer, label: string, happenedAt: string, after?: Promise<unknown> }} kept
 *   `after` as in the outbox; what cannot be kept is sent at once
 * @param {(words: string) => void} tell
 * @returns {Promise<string>} empty, or why it was refused
 */
export async function saveBytesUntilDone(path, { bytes, ...kept }, tell) {
  const headers = { "Content-Type": BYTES };
  const found = await keep({ ...kept, request: requestIn(path), method: "POST", path, bytes, headers });
  if (!found) return sendUntilDone(path, "POST", bytes, BYTES);
  const said = await outcome(found);
  if (!isLater(said)) return said;
  tell(said);
  return ending(found);
}

/** A person does not want it sent any more. @param {string} id of what is kept */
export async function takeBack(id) {
  const here = await device().catch(() => null);
  await here?.outbox.discard(id);
}

/**
 * @param {() => Promise<string>} attempt
 * @param {HTMLElement} status
 * @returns {Promise<string>} empty, or why it was refused
 */
export async function saveUntilDone(attempt, status) {
  status.textContent = SAVING;
  const said = attempt();
  void warnOfUnkept(said, status);
  const words = (await said) || "Saved";
  status.textContent = words;
  const found = await watched.get(said)?.catch(() => null);
  if (!found || !isLater(words)) return words === "Saved" ? "" : words;
  const reason = await ending(found);
  // A newer entry of the same field may have said something since.
  if (status.textContent === words) status.textContent = reason || "Saved";
  return reason;
}

/**
 * What a full phone does not keep is lost with the page: said for as long as it is not sent.
 *
 * @param {Promise<string>} said
 * @param {HTMLElement} status
 */
async function warnOfUnkept(said, status) {
  const found = await watched.get(said)?.catch(() => undefined);
  if (found === null && status.textContent === SAVING) status.textContent = UNKEPT_WORDS;
}

/** @param {string} words */
function isLater(words) {
  return words === KEPT_WORDS || words === SIGNED_OUT_WORDS;
}

/**
 * @typedef {object} Said what bodies say of themselves
 * @property {string} [id]
 * @property {string} [code]
 * @property {string} [field]
 * @property {boolean} [pregnant]
 * @property {string} [taken_at]
 * @property {string} [typed_at]
 * @property {string} [written_at]
 * @property {Said[]} [entries]
 */

/** @param {string} path @param {Method} method @param {Said} body */
function enter(path, method, body) {
  const said = body.entries?.[0] ?? body;
  const happenedAt = said.taken_at ?? said.typed_at ?? said.written_at;
  // The record's own id is also the entry's: sent again, the server knows both.
  const id = said.id ?? crypto.randomUUID();
  return keep({
    id,
    request: requestIn(path),
    method,
    path,
    body: JSON.stringify(named(path, body, id)),
    headers: { "Content-Type": "application/json" },
    label: labelOf(path, said),
    ...(happenedAt ? { happenedAt } : {}),
  });
}

/**
 * Of which only the newest is of use: it is sent now or not at all.
 *
 * @param {string} path
 * @param {object} body
 * @returns {Promise<{ isSent: boolean, reason: string }>} the reason where it was refused for good
 */
export async function sendNewest(path, body) {
  const headers = { "Content-Type": "application/json" };
  const signal = AbortSignal.timeout(NEWEST_MS);
  try {
    const response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body), signal });
    if (response.ok) return { isSent: true, reason: "" };
    // A request that still waits on this phone is not found yet.
    const isForLater = response.status >= 500 || [401, 404, 408, 429].includes(response.status);
    return { isSent: false, reason: isForLater ? "" : String((await response.json()).detail ?? "") };
  } catch {
    return { isSent: false, reason: "" };
  }
}

/** Whether this phone keeps what the server does not have. @param {string} base of a request */
export async function hasUnsent(base) {
  const here = await device().catch(() => null);
  const kept = (await here?.outbox.list()) ?? [];
  return kept.some(({ request, state }) => state === "waiting" && base.endsWith(request));
}

/** @param {import("../offline/device.js").Entered} entered @returns {Promise<Watched | null>} */
async function keep(entered) {
  try {
    const here = await device();
    if (!here) return null;
    return { device: here, id: await here.enter(entered) };
  } catch (error) {
    if (error instanceof NotKept) return null;
    throw error;
  }
}

/** A record is named before it is sent. @param {string} path @param {object} body @param {string} id */
function named(path, body, id) {
  return /\/(observations|notes)$/.test(path) ? { id, ...body } : body;
}

/** @param {string} path */
function requestIn(path) {
  return /service-requests\/([0-9a-f-]{36})/.exec(path)?.[1] ?? "";
}

/** What has no field of its own. @type {[RegExp, string][]} */
const LABELS = [
  [/\/notes$/, "Note"],
  [/\/oxygen-scale$/, "Oxygen scale"],
  [/\/destination$/, "Where you are going"],
  [/\/stop-sharing$/, "Position not shared any more"],
  [/\/positions\//, "Answer about a position"],
];

/** As the page calls it. @param {string} path @param {Said} said */
function labelOf(path, { code, field, pregnant }) {
  const place = code ? `[data-vital="${code}"] label` : `[data-field="${field}"] :is(label, legend)`;
  const label = code || field ? document.querySelector(place)?.firstChild?.textContent?.trim() : "";
  if (label) return label;
  if (pregnant !== undefined) return "Pregnancy";
  return LABELS.find(([pattern]) => pattern.test(path))?.[1] ?? "Patient and ATMIST";
}

/** @param {Watched} entry @returns {Promise<string>} */
function outcome({ device: here, id }) {
  // It is tried nonetheless; nobody needs to wait to hear what is known.
  if (here.halt === "no-line") return Promise.resolve(KEPT_WORDS);
  return new Promise((resolve) => {
    const settle = (/** @type {string} */ words) => {
      here.outbox.removeEventListener("change", changed);
      resolve(words);
    };
    const changed = (/** @type {Event} */ event) => {
      const detail = /** @type {CustomEvent} */ (event).detail;
      const words = wordsOfEnd(detail, id);
      if (words !== null) settle(words);
      if (detail.state === "halted") settle(detail.halt === "signed-out" ? SIGNED_OUT_WORDS : KEPT_WORDS);
    };
    here.outbox.addEventListener("change", changed);
  });
}

/** @param {Watched} entry @returns {Promise<string>} once the server has it, or why it refused it */
function ending({ device: here, id }) {
  return new Promise((resolve) => {
    const changed = (/** @type {Event} */ event) => {
      const detail = /** @type {CustomEvent} */ (event).detail;
      const words = wordsOfEnd(detail, id);
      if (words === null) return;
      here.outbox.removeEventListener("change", changed);
      resolve(words);
    };
    here.outbox.addEventListener("change", changed);
  });
}

/**
 * @param {{ id: string, state: string, reason?: string }} change of the outbox
 * @param {string} id
 * @returns {string | null} empty once the server has it, or why it never will; null while it waits
 */
function wordsOfEnd({ id: changed, state, reason = "" }, id) {
  if (changed !== id) return null;
  if (state === "discarded") return DISCARDED_WORDS;
  return state === "sent" || state === "aside" ? reason : null;
}

/** @param {string} path @param {Method} method @param {object} body */
function sendOnly(path, method, body) {
  const text = JSON.stringify(named(path, body, crypto.randomUUID()));
  return sendUntilDone(path, method, text, "application/json");
}

/**
 * Where nothing can be kept, it is tried for as long as the page is open.
 *
 * @param {string} path
 * @param {Method} method
 * @param {BodyInit} body
 * @param {string} mediaType
 */
async function sendUntilDone(path, method, body, mediaType) {
  for (;;) {
    const problem = await sendOnce(path, method, body, mediaType);
    if (problem !== KEPT_WORDS) return problem;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

/** @param {string} path @param {Method} method @param {BodyInit} body @param {string} mediaType */
async function sendOnce(path, method, body, mediaType) {
  try {
    const response = await fetch(path, { method, headers: { "Content-Type": mediaType }, body });
    if (response.ok) return "";
    if (response.status >= 500) return KEPT_WORDS;
    return (await response.json()).detail;
  } catch {
    return KEPT_WORDS;
  }
}
