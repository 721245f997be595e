/** The waiting room and the call on one page, so that being let in takes no loading. */

import { announce } from "../announce.js";
import { bindChat } from "../stage/chat.js";
import { Stage } from "../stage/stage.js";

const stage = new Stage(/** @type {HTMLElement} */ (document.querySelector("[data-stage]")));
const { consultation } = stage;
const waiting = /** @type {HTMLElement} */ (document.querySelector("[data-waiting]"));
const heading = /** @type {HTMLElement} */ (document.querySelector("[data-call-heading]"));
const unread = /** @type {HTMLElement} */ (document.querySelector("[data-unread]"));
const messages = /** @type {HTMLDetailsElement} */ (document.querySelector(".app-call__chat"));
let unreadCount = 0;

consultation.addEventListener("change", () => {
  waiting.hidden = consultation.phase === "admitted" || consultation.phase === "ended";
});
consultation.addEventListener("admitted", () => {
  announce("You are in the call.");
  heading.focus();
});
consultation.addEventListener("chat", () => {
  if (messages.open) return;
  unreadCount += 1;
  unread.textContent = `(${unreadCount} new)`;
});
messages.addEventListener("toggle", () => {
  unreadCount = 0;
  unread.textContent = "";
});
consultation.addEventListener("ended", (event) => {
  const { code } = /** @type {CustomEvent<{ code: number | null }>} */ (event).detail;
  // 4504: the call goes on in another tab or device; this page only says so.
  if (code !== 4504) location.assign("/visit/after");
});

const panel = document.querySelector("[data-chat]");
if (panel instanceof HTMLElement) bindChat(panel, consultation);
void stage.join({ camera: new URLSearchParams(location.search).get("camera") !== "off" });
