/**
 * A clip filmed while the line is gone and sent when it is back: only where the crew has agreed to
 * it for this request, which the record says with each clip.
 */

import { announce } from "../announce.js";
import { ClipRecorder, canFilm } from "../call/clip.js";
import { isGone } from "../call/ladder.js";
import { serverNow } from "../clock.js";
import { clockOf } from "./moments.js";
import { saveBytesUntilDone, takeBack } from "./saving.js";

/** The picture comes back before the clip, which would take the line from it; but not for ever. */
const PICTURE_FIRST_MS = 10_000;

/**
 * @typedef {import("../call/consultation.js").Consultation} Consultation
 * @typedef {import("../call/clip.js").Clip} Clip
 *
 * @typedef {object} Scene
 * @property {string} request
 * @property {Consultation} consultation
 * @property {HTMLInputElement} agreement
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
  const scene = { request, consultation, agreement };
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
    else void send(recorder, scene);
  });
  consultation.addEventListener("ended", () => {
    box.hidden = true;
    void send(recorder, scene);
  });
}

/** @param {ClipRecorder} recorder @param {string} request @param {Consultation} consultation */
function film(recorder, request, { local }) {
  if (!agreedAt(request)) return;
  const tracks = [local.camera.track, local.microphone.track].filter((track) => track !== null);
  if (local.camera.track) recorder.start(tracks);
}

/**
 * Kept on the phone at once, so that a page that closes does not lose it; the picture goes first.
 *
 * @param {ClipRecorder} recorder
 * @param {Scene} scene
 */
async function send(recorder, scene) {
  const clips = await recorder.stop();
  // Taken back meanwhile, it goes nowhere.
  const agreed = agreedAt(scene.request);
  if (!agreed || clips.length === 0) return;
  const picture = pictureBack(scene);
  // In the order in which they were filmed, though the longer one takes longer to read.
  for (const clip of clips) {
    const bytes = await clip.blob.arrayBuffer();
    void sendOne({ ...clip, bytes }, scene.request, { agreed, picture });
  }
}

/**
 * @param {Scene} scene
 * @returns {Promise<void>} when the picture is as good as it gets, or need not be waited for
 */
function pictureBack({ consultation, agreement }) {
  return new Promise((resolve) => {
    const over = new AbortController();
    const settle = () => {
      over.abort();
      resolve();
    };
    const look = () => {
      if (consultation.step === "hd" || consultation.phase === "ended") settle();
    };
    setTimeout(settle, PICTURE_FIRST_MS);
    for (const type of ["step", "ended"]) consultation.addEventListener(type, look, over);
    agreement.addEventListener("change", settle, over);
    look();
  });
}

/**
 * @param {Clip & { bytes: ArrayBuffer }} clip
 * @param {string} request
 * @param {{ agreed: string, picture: Promise<void> }} how `agreed` when, as in `agreedAt`
 */
async function sendOne({ id, bytes, beganAt }, request, { agreed, picture }) {
  const takenAt = new Date(serverNow() - (Date.now() - beganAt)).toISOString();
  // In the record's zone: a crew's device may be in another.
  const zone = document.querySelector("[data-zone]")?.getAttribute("data-zone") ?? "UTC";
  const caption = `Filmed while there was no line; the crew agreed at ${clockOf(Number(agreed), zone)}.`;
  const about = { id, kind: "clip", taken_at: takenAt, caption };
  const path = `/api/v1/service-requests/${request}/documents?${new URLSearchParams(about)}`;
  const after = picture.then(() => (agreedAt(request) ? undefined : takeBack(id)));
  const clip = { id, bytes, label: "Clip", happenedAt: takenAt, after };
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
