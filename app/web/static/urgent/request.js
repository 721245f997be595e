/**
 * A crew's request: status, vital signs and ATMIST saved as they are entered, and the call the
 * moment somebody answers, without a reload.
 */

import { serverNow } from "../clock.js";
import { bindChat } from "../stage/chat.js";
import { Stage } from "../stage/stage.js";
import { Countdown } from "../ring.js";

const SAVE_AFTER_MS = 600;
const RETRY_MS = 3_000;
const root = /** @type {HTMLElement} */ (document.querySelector("[data-request]"));
const base = `/api/v1/service-requests/${root.dataset["request"]}`;
/** @type {Stage | null} */
let stage = null;

/** @param {string} selector @returns {HTMLElement} */
function find(selector) {
  return /** @type {HTMLElement} */ (root.querySelector(selector));
}

// --- the call -----------------------------------------------------------------------------

/** Rear camera first; what was entered stays on the page below the picture. */
function startCall() {
  const status = find("[data-state-now]");
  const encounterId = status?.dataset["encounterNow"] ?? "";
  if (stage || !encounterId || status.dataset["stateNow"] !== "accepted") return;
  const section = find("[data-stage]");
  section.dataset["encounterId"] = encounterId;
  find("[data-call]").hidden = false;
  find("[data-call-chat]").hidden = false;
  stage = new Stage(section);
  bindChat(find("[data-chat]"), stage.consultation);
  stage.consultation.addEventListener("ended", () => {
    // What was advised is at the top; dead controls below it would only confuse.
    find("[data-call]").hidden = true;
    find("[data-call-chat]").hidden = true;
    root.scrollIntoView();
  });
  void stage.join();
  find("[data-call]").scrollIntoView();
}

new MutationObserver(startCall).observe(root, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-state-now", "data-encounter-now"] });
startCall();
new Countdown(root).start();

// --- saving -------------------------------------------------------------------------------

/**
 * @param {string} path
 * @param {"POST" | "PATCH"} method
 * @param {object} body
 * @returns {Promise<string>} empty when saved, or what to do
 */
async function save(path, method, body) {
  try {
    const response = await fetch(path, {
      method,
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    if (response.ok) return "";
    const problem = await response.json();
    return response.status === 422 ? problem.detail : "Not saved. Trying again…";
  } catch {
    return "No signal. Kept here, trying again…";
  }
}

/** @param {() => Promise<string>} attempt @param {HTMLElement} status */
async function saveUntilDone(attempt, status) {
  status.textContent = "Saving…";
  for (;;) {
    const problem = await attempt();
    status.textContent = problem || "Saved";
    if (!problem.endsWith("…")) return;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

// --- vital signs --------------------------------------------------------------------------

/** @param {HTMLElement} stepper */
function bindVital(stepper) {
  const field = /** @type {HTMLInputElement | HTMLSelectElement} */ (stepper.querySelector("input, select"));
  const status = /** @type {HTMLElement} */ (stepper.querySelector("[data-saved]"));
  let timer = 0;
  let saved = field.value;
  const record = () => {
    if (field.value === "" || field.value === saved) return;
    const entered = field.value;
    saved = entered;
    const code = stepper.dataset["vital"] ?? "";
    const value = field instanceof HTMLInputElement ? { value: Number(entered) } : { text_value: entered };
    const observation = { code, ...value, taken_at: new Date(serverNow()).toISOString() };
    void saveUntilDone(() => save(`${base}/observations`, "POST", observation), status);
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(record, SAVE_AFTER_MS);
  };
  field.addEventListener("change", soon);
  for (const button of stepper.querySelectorAll("button")) {
    button.addEventListener("click", () => {
      step(/** @type {HTMLInputElement} */ (field), Number(button.dataset["step"]));
      soon();
    });
  }
}

/** The first press shows a normal value to start from. */
/** @param {HTMLInputElement} input @param {number} by */
function step(input, by) {
  const start = Number(input.dataset["start"]);
  const next = input.value === "" ? start : Number(input.value) + by;
  const bounded = Math.min(Number(input.max), Math.max(Number(input.min), next));
  input.value = String(Math.round(bounded * 10) / 10);
}

for (const stepper of root.querySelectorAll("[data-vital]")) {
  if (stepper instanceof HTMLElement) bindVital(stepper);
}

// --- the case -----------------------------------------------------------------------------

/** @param {HTMLFormElement} form */
function caseIn(form) {
  const data = new FormData(form);
  const number = (/** @type {string} */ name) => (data.get(name) ? Number(data.get(name)) : null);
  const atmist = Object.fromEntries(
    [...form.querySelectorAll("textarea")].map((area) => [area.dataset["atmist"], area.value]),
  );
  return {
    age_years: number("age_years"),
    sex: data.get("sex"),
    eta_minutes: number("eta_minutes"),
    time_critical: data.get("time_critical") !== null,
    atmist,
  };
}

const form = /** @type {HTMLFormElement} */ (find("[data-case]"));
let caseTimer = 0;
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("input", () => {
  clearTimeout(caseTimer);
  caseTimer = setTimeout(() => {
    void saveUntilDone(() => save(base, "PATCH", caseIn(form)), find("[data-case-saved]"));
  }, SAVE_AFTER_MS);
});
