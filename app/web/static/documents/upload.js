/** Sends a picture or a file into a case. Without a signal it is tried until it is there: once. */

import { serverNow } from "../clock.js";

const RETRY_MS = 3_000;
/** @type {Record<Kind, string>} */
const LABELS = { still: "Photo", photo: "Photo", ecg: "12-lead ECG", clip: "Video clip", other: "Document" };

/**
 * @typedef {"still" | "photo" | "ecg" | "clip" | "other"} Kind
 * @typedef {"camera" | "stream" | "upload"} Source
 *
 * @typedef {object} Upload
 * @property {string} id the device's own, so that a repeat is stored once
 * @property {Kind} kind
 * @property {Source} source
 * @property {string} taken_at
 * @property {string} [caption]
 */

/**
 * @param {Kind} kind
 * @param {Source} source
 * @returns {Upload} of something taken now
 */
export function uploadOf(kind, source) {
  const taken_at = new Date(serverNow()).toISOString();
  return { id: crypto.randomUUID(), kind, source, taken_at };
}

/**
 * @param {string} base the request's or the encounter's address in the API
 * @param {Upload} upload
 * @param {Blob} content
 * @param {(words: string) => void} tell what is happening, for the person
 * @returns {Promise<string>} empty once it is there, or why it never will be
 */
export async function sendDocument(base, upload, content, tell) {
  const address = `${base}/documents?${new URLSearchParams({ ...upload })}`;
  tell("Sending…");
  // A crew's phone keeps it, sealed, until there is a signal; a desk tries while its page is open.
  if (document.querySelector("[data-kept]")) return sendKept(address, upload, content, tell);
  for (;;) {
    const { problem, again } = await attempt(address, content);
    if (!again) return problem;
    tell(problem);
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

/** @param {string} address @param {Upload} upload @param {Blob} content @param {(words: string) => void} tell */
async function sendKept(address, { id, kind, taken_at: happenedAt }, content, tell) {
  const { saveBytesUntilDone } = await import("../urgent/saving.js");
  const label = LABELS[kind];
  return saveBytesUntilDone(address, { id, bytes: await content.arrayBuffer(), label, happenedAt }, tell);
}

/** @param {string} address @param {Blob} content */
async function attempt(address, content) {
  try {
    const headers = { "Content-Type": "application/octet-stream" };
    const response = await fetch(address, { method: "POST", headers, body: content });
    if (response.ok) return { problem: "", again: false };
    const told = await response.json().catch(() => ({}));
    const words = told.errors?.[0]?.detail ?? told.detail ?? "Not sent.";
    const again = response.status === 429 || response.status >= 500;
    return { problem: again ? "Not sent yet. Trying again…" : words, again };
  } catch {
    return { problem: "No signal. Kept here, trying again…", again: true };
  }
}
