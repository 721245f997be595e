/**
 * A clip filmed while the line is gone and sent when it is back: only where the crew has agreed to
 * it for this request, which the record says with each clip.
 */

import { announce } from "../announce.js";
import { ClipRecorder, canFilm } from "../call/clip.js";
import { isGone } from "../call/ladder.js";
import { serverNow } from "../clock.js";
import { clockOf } from "./moments.js";
import { saveBytesUntilDone } from "./saving.js";

/**
 * @typedef {import("../call/consultation.js").Consultation} Consultation
 * @typedef {import("../call/clip.js").Clip} Clip
 */

/**
 * @param {HTMLElement} root of the request's page
 * @param {HTMLElement} stage
 * @param {Consultation} consultation
 */
export function bindClips(root, stage, consultation) {
  const box = root.querySelector("[data-clip-agreement]");
  const agreement = box?.querySelector("input");
  if (!(box instanceof HTMLElement) || !agreement || !canFilm()) return;
  const request = root.dataset["request"] ?? "";
  const recorder = new ClipRecorder();
  box.hidden = false;
  agreement.checked = agreedAt(request) !== "";
  stage.dataset["clip"] = agreement.checked ? "on" : "off";
  agreement.addEventListener("change", () => {
    agree(request, agreement.checked);
    stage.dataset["clip"] = agreement.checked ? "on" : "off";
    if (!agreement.checked) void recorder.stop();
  });
  consultation.addEventListener("step", () => {
    if (isGone(consultation.step)) film(recorder, request, consultation);
    else void send(recorder, request);
  });
  consultation.addEventListener("ended", () => {
    box.hidden = true;
    void send(recorder, request);
  });
}

/** @param {ClipRecorder} recorder @param {string} request @param {Consultation} consultation */
function film(recorder, request, { local }) {
  if (!agreedAt(request)) return;
  const tracks = [local.camera.track, local.microphone.track].filter((track) => track !== null);
  if (local.camera.track) recorder.start(tracks);
}

/** @param {ClipRecorder} recorder @param {string} request */
async function send(recorder, request) {
  const clips = await recorder.stop();
  // Taken back meanwhile, it goes nowhere.
  const agreed = agreedAt(request);
  if (agreed) for (const clip of clips) void sendOne(clip, request, agreed);
}

/** @param {Clip} clip @param {string} request @param {string} agreed when, as in `agreedAt` */
async function sendOne({ id, blob, beganAt }, request, agreed) {
  const takenAt = new Date(serverNow() - (Date.now() - beganAt)).toISOString();
  // In the record's zone: a crew's device may be in another.
  const zone = document.querySelector("[data-zone]")?.getAttribute("data-zone") ?? "UTC";
  const caption = `Filmed while there was no line; the crew agreed at ${clockOf(Number(agreed), zone)}.`;
  const about = { id, kind: "clip", taken_at: takenAt, caption };
  const path = `/api/v1/service-requests/${request}/documents?${new URLSearchParams(about)}`;
  const clip = { id, bytes: await blob.arrayBuffer(), label: "Clip", happenedAt: takenAt };
  const said = await saveBytesUntilDone(path, clip, announce);
  announce(said || "The clip has been sent.");
}

/** @param {string} request @param {boolean} agreed */
function agree(request, agreed) {
  if (agreed) sessionStorage.setItem(key(request), String(serverNow()));
  else sessionStorage.removeItem(key(request));
}

/** @param {string} request @returns {string} milliseconds since 1970, empty when there is no agreement */
function agreedAt(request) {
  return sessionStorage.getItem(key(request)) ?? "";
}

/** @param {string} request */
function key(request) {
  return `clip-agreed/${request}`;
}
