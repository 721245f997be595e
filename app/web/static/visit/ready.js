/** The device check: picture, microphone level, a sound, and the line through the real path. */

import { checkLine } from "../call/linecheck.js";
import { LocalMedia } from "../call/local.js";
import { LevelMeter, playTestTone } from "../call/sound.js";
import { tokenFrom } from "../call/signalling.js";
import { failureBox } from "../stage/settings.js";
import { keepLineCheck } from "./line-report.js";

/** Speech at arm's length is above this on the meter. */
const HEARD = 0.35;
const root = /** @type {HTMLElement} */ (document.querySelector("[data-ready]"));
const local = new LocalMedia();
const meter = new LevelMeter();
let heard = false;
/** @type {MediaStreamTrack | null} */
let metered = null;

/** @param {string} selector @returns {HTMLElement} */
function find(selector) {
  return /** @type {HTMLElement} */ (root.querySelector(selector));
}

/** @param {string} check @param {"good" | "fair" | "bad" | "waiting"} state @param {string} words */
function say(check, state, words) {
  const item = find(`[data-check="${check}"]`);
  item.dataset["state"] = state;
  const text = item.querySelector("[data-words]");
  if (text && text.textContent !== words) text.textContent = words;
}

function showDevices() {
  const { camera, microphone } = local;
  const video = /** @type {HTMLVideoElement} */ (find("[data-self]"));
  if (video.srcObject !== local.selfView) video.srcObject = local.selfView;
  find("[data-picture]").dataset["picture"] = camera.track ? "on" : "off";
  find("[data-picture-words]").hidden = camera.track !== null;
  if (camera.track) say("camera", "good", "Your camera works.");
  else if (camera.failure) say("camera", "bad", camera.failure.title);
  if (microphone.failure) say("microphone", "bad", microphone.failure.title);
  else if (microphone.track) startMeter(microphone.track);
  find("[data-failures]").replaceChildren(
    ...failureBox(camera.failure),
    ...failureBox(microphone.failure),
  );
  const sound = root.querySelector("[data-join-sound]");
  if (sound instanceof HTMLElement) sound.hidden = camera.failure === null;
}

/** @param {MediaStreamTrack} track */
function startMeter(track) {
  if (metered === track) return;
  metered = track;
  meter.start(track);
  say("microphone", "waiting", "Say something: the bar should move.");
}

meter.addEventListener("level", (event) => {
  const { level } = /** @type {CustomEvent<{ level: number }>} */ (event).detail;
  /** @type {HTMLMeterElement} */ (find("[data-meter]")).value = level;
  if (heard || level < HEARD) return;
  heard = true;
  say("microphone", "good", "We can hear you.");
});

async function testLine() {
  const again = find("[data-test-again]");
  again.hidden = true;
  say("line", "waiting", "Testing your connection. This takes about 5 seconds.");
  const encounterId = root.dataset["encounterId"] ?? "";
  const base = `/api/v1/encounters/${encodeURIComponent(encounterId)}`;
  const result = await checkLine({
    url: `${base}/signalling`,
    token: tokenFrom(`${base}/signalling-token`),
  });
  const states = { video: "good", "in-call": "good", sound: "fair", blocked: "bad", "no-line": "bad" };
  const state = /** @type {"good" | "fair" | "bad"} */ (states[result.verdict]);
  say("line", state, `${result.words}.`);
  void keepLineCheck(encounterId, result);
  again.hidden = false;
}

local.addEventListener("change", showDevices);
find("[data-play]").addEventListener("click", () => {
  void playTestTone().then(() => say("speaker", "good", "Did you hear it? If not, turn the volume up."));
});
find("[data-test-again]").addEventListener("click", () => void testLine());
addEventListener("pagehide", () => local.close());
void local.start().then(() => testLine());
