/**
 * The call of a crew's request: it begins, without a reload, the moment somebody answers. The
 * camera is opened while it rings, for a telephone takes a second and more to open one and may
 * ask first; nothing is sent before.
 */

import { OwnCamera } from "../camera/own.js";
import { LocalMedia } from "../call/local.js";
import { Consultation } from "../call/consultation.js";
import { liveStream } from "../live.js";
import { bindChat } from "../stage/chat.js";
import { Stage } from "../stage/stage.js";
import { bindClips } from "./clips.js";
import { LeftCall } from "./left.js";

/**
 * @typedef {import("../live.js").DomainEvent} DomainEvent
 * @typedef {import("../documents/documents.js").Documents} Documents
 */

/** `kept` waits for a signal: photos are taken meanwhile. */
const WARM = new Set(["ringing", "unanswered", "accepted", "kept"]);
/** Close code: it has ended for everyone. */
const OVER = 4503;
const PREVIEW_WORDS = "Your camera is ready. Nobody sees it until somebody answers.";

/** @type {Stage | null} */
let stage = null;
/** @type {LocalMedia | null} */
let local = null;

/** @type {LeftCall | null} */
let leftCall = null;

/** The state that the status said last. */
let said = "";

/** The case's pictures: both sides see them. @type {Documents | null} */
let documents = null;

/**
 * @param {HTMLElement} root of the page; its status says when somebody has answered
 * @param {Documents} pictures of the case
 */
export function callWhenAnswered(root, pictures) {
  documents = pictures;
  documents.takeFrom(() => local?.camera.track ?? null);
  leftCall = new LeftCall(find(root, "[data-left]"), root.dataset["request"] ?? "");
  new MutationObserver(() => follow(root)).observe(root, {
    childList: true,
    subtree: true,
    attributes: true,
    attributeFilter: ["data-state-now", "data-encounter-now"],
  });
  liveStream().addEventListener("event", (event) => {
    const { event: name, id, payload } = /** @type {CustomEvent<DomainEvent>} */ (event).detail;
    // The event says it sooner than the status, which has to be fetched first.
    const encounterId = String(payload["encounter_id"] ?? "");
    if (name === "request.accepted" && id === root.dataset["request"]) enterCall(root, encounterId);
  });
  follow(root);
}

/** @param {HTMLElement} root */
function follow(root) {
  const status = /** @type {HTMLElement | null} */ (root.querySelector("[data-state-now]"));
  const state = status?.dataset["stateNow"] ?? "";
  const isNew = state !== said;
  said = state;
  if (state === "accepted") return enterCall(root, status?.dataset["encounterNow"] ?? "");
  // A call may be on before the status says so, and where there is no signal it says `kept` alone.
  if (isNew && state && state !== "kept") leftCall?.forget();
  if (WARM.has(state)) warmUp(root);
  else coolDown(root);
}

/** @param {HTMLElement} root @param {string} encounterId */
function enterCall(root, encounterId) {
  if (!leftCall?.staysOut()) startCall(root, encounterId);
}

/** @param {HTMLElement} root */
function warmUp(root) {
  if (local || stage) return;
  local = new LocalMedia({ facing: "environment" });
  local.addEventListener("change", () => showPreview(root));
  void local.start();
}

/** It was called off: the camera's light goes out. @param {HTMLElement} root */
function coolDown(root) {
  if (stage) return;
  local?.close();
  local = null;
  showPreview(root);
}

/** What the specialist will see, to aim by. @param {HTMLElement} root */
function showPreview(root) {
  const shown = root.querySelector("[data-preview]");
  const isWanted = local !== null && !stage && local.selfView.active;
  if (!isWanted) shown?.remove();
  else if (!shown) find(root, "[data-call]").before(preview(local?.selfView ?? null));
}

/** @param {MediaStream | null} stream */
function preview(stream) {
  const figure = document.createElement("figure");
  figure.className = "app-urgent__preview";
  figure.dataset["preview"] = "";
  const video = document.createElement("video");
  Object.assign(video, { muted: true, playsInline: true, autoplay: true, srcObject: stream });
  video.setAttribute("aria-hidden", "true");
  const words = document.createElement("figcaption");
  words.textContent = PREVIEW_WORDS;
  figure.append(video, words);
  return figure;
}

/**
 * Rear camera first; what was entered stays on the page below the picture.
 *
 * @param {HTMLElement} root
 * @param {string} encounterId
 */
function startCall(root, encounterId) {
  if (stage || !encounterId) return;
  const section = find(root, "[data-stage]");
  section.dataset["encounterId"] = encounterId;
  find(root, "[data-call]").hidden = false;
  find(root, "[data-call-chat]").hidden = false;
  local ??= new LocalMedia({ facing: "environment" });
  stage = new Stage(section, new Consultation({ encounterId, local }));
  showPreview(root);
  bindChat(find(root, "[data-chat]"), stage.consultation);
  bindClips(root, section, stage.consultation);
  documents?.follow(stage.consultation);
  new OwnCamera(section, stage.consultation, documents?.base ?? "");
  stage.consultation.addEventListener("ended", (event) => {
    // What was advised is at the top; dead controls below it would only confuse.
    find(root, "[data-call]").hidden = true;
    find(root, "[data-call-chat]").hidden = true;
    const { reason, code } = /** @type {CustomEvent<{ reason: string, code: number | null }>} */ (event).detail;
    if (code !== null && code !== OVER) leftCall?.left(reason, code);
    root.scrollIntoView();
  });
  void stage.join();
  find(root, "[data-call]").scrollIntoView();
}

/** @param {ParentNode} root @param {string} selector */
function find(root, selector) {
  return /** @type {HTMLElement} */ (root.querySelector(selector));
}
