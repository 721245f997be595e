/** The clinician's consultation: the call beside the record. The URL's fragment is the open tab. */

import { announce } from "./announce.js";
import { FarCamera } from "./camera/far.js";
import { Documents } from "./documents/documents.js";
import { bindControls } from "./on-call/controls.js";
import { bindChat } from "./stage/chat.js";
import { Stage } from "./stage/stage.js";
import { bindDialogs } from "./record/dialogs.js";
import { bindFinish, bindInvite } from "./record/endings.js";
import { Note } from "./record/note.js";
import { bindObservations } from "./record/observations.js";
import { WaitingStrip } from "./record/waiting.js";

const find = (/** @type {string} */ selector) =>
  /** @type {HTMLElement} */ (document.querySelector(selector));

const stage = new Stage(find("[data-stage]"));
const { consultation } = stage;
// Whoever answered by sound is heard and not seen until they turn their camera on.
void stage.join({ camera: new URLSearchParams(location.search).get("by") !== "sound" });
new WaitingStrip(find("[data-waiting]"), consultation);
bindChat(find("[data-chat]"), consultation);
const documents = new Documents(find("[data-documents]"), /** @type {HTMLDialogElement} */ (find("[data-viewer]")));
documents.follow(consultation);
const camera = new FarCamera(find("[data-stage]"), consultation, find("[data-documents]").dataset["base"] ?? "");
camera.addEventListener("still", (event) => {
  void documents.open(/** @type {CustomEvent<string>} */ (event).detail);
});
const note = new Note(/** @type {HTMLFormElement} */ (find("[data-note]")));
bindObservations(/** @type {HTMLFormElement} */ (find("[data-observation]")));
bindDialogs();
const controls = /** @type {HTMLElement | null} */ (document.querySelector("[data-urgent-controls]"));
if (controls) bindControls(controls, consultation);
bindInvite(/** @type {HTMLFormElement} */ (find("[data-invite]")), find("[data-invited]"));
bindFinish(/** @type {HTMLFormElement} */ (find("[data-finish]")), note);
countUnread(find("[data-unread]"), find("#messages"));

/**
 * Messages that came while another tab was open, counted on the tab.
 *
 * @param {HTMLElement} badge
 * @param {HTMLElement} panel
 */
function countUnread(badge, panel) {
  let unread = 0;
  const show = () => {
    badge.hidden = unread === 0;
    badge.textContent = unread === 0 ? "" : `${unread} new`;
  };
  consultation.addEventListener("chat", (event) => {
    const line = /** @type {CustomEvent<import("./call/messages.js").ChatLine>} */ (event).detail;
    if (line.participant_id === consultation.me || panel.offsetParent !== null) return;
    unread += 1;
    show();
    announce(`Message from ${line.name}`);
  });
  badge.parentElement?.addEventListener("click", () => {
    unread = 0;
    show();
  });
}
