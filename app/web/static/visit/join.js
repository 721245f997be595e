/**
 * The door of a join link. Its secret is in the address after #, which no server and no log
 * sees; it is posted, and taken out of the address bar.
 */

import { birthDateIn, post, takeSecret, when, wrongDate } from "./door.js";
import { showErrors, clearErrors } from "./errors.js";

/**
 * @typedef {object} Door
 * @property {"birth-date" | "name" | "ready"} stage
 * @property {string} channel
 * @property {string} organization
 * @property {string} with_name
 * @property {string | null} starts_at
 * @property {string} time_zone
 * @property {string} phone
 *
 * @typedef {import("./door.js").Problem} Problem
 */

const CHANNELS = new Map([["telephone", "Telephone appointment"], ["in-person", "Appointment"]]);
const root = /** @type {HTMLElement} */ (document.querySelector("[data-join]"));
let phone = "";

/** @param {string} name */
function show(name) {
  for (const step of root.querySelectorAll("[data-step]")) {
    if (step instanceof HTMLElement) step.hidden = step.dataset["step"] !== name;
  }
  const heading = root.querySelector(`[data-step="${name}"] h1`);
  if (heading instanceof HTMLElement) {
    heading.tabIndex = -1;
    heading.focus();
  }
}

async function open() {
  show("loading");
  const { ok, status, body } = await post("/api/v1/join", { secret });
  if (!ok) {
    fail(status, body);
    return;
  }
  const door = /** @type {Door} */ (body);
  phone = door.phone;
  for (const about of root.querySelectorAll("[data-about]")) about.textContent = aboutOf(door);
  show(door.stage === "name" ? "name" : "birth-date");
}

/** @param {Door} door */
function aboutOf({ channel, organization, with_name: who, starts_at: startsAt, time_zone: zone }) {
  const what = CHANNELS.get(channel) ?? "Video call";
  return `${what} with ${who}, ${organization}${startsAt ? `, ${when(startsAt, zone)}` : ""}.`;
}

/** @param {number} status @param {Problem} problem */
function fail(status, problem) {
  const offline = status === 0;
  const title = offline ? "We cannot reach the service" : (problem.title ?? "Something went wrong");
  const text = offline ? "Check that you are online, then try again." : (problem.detail ?? "");
  text_("[data-problem-title]", title);
  text_("[data-problem-text]", text === title ? whatToDo(status) : text);
  const line = /** @type {HTMLElement} */ (root.querySelector("[data-problem-phone]"));
  const number = problem.phone ?? phone;
  line.hidden = !number;
  line.textContent = number ? `You can ring ${number}.` : "";
  const again = /** @type {HTMLElement} */ (root.querySelector("[data-again]"));
  again.hidden = !(offline || status >= 500 || status === 429);
  show("problem");
}

/** @param {number} status */
function whatToDo(status) {
  if (status === 410 || status === 404 || status === 422) {
    return "It may have ended, or part of the address is missing. Open the link in your message again, or ring the number in it.";
  }
  return "Wait a minute, then try again.";
}

/** @param {string} selector @param {string} text */
function text_(selector, text) {
  const element = root.querySelector(selector);
  if (element) element.textContent = text;
}

/** @param {SubmitEvent} event */
async function confirm(event) {
  event.preventDefault();
  const form = /** @type {HTMLFormElement} */ (event.target);
  const step = /** @type {HTMLElement} */ (form.closest("[data-step]"));
  clearErrors(step);
  const isName = form.dataset["form"] === "name";
  const answer = isName ? nameIn(form) : birthDateIn(form);
  if (answer.error) {
    showErrors(step, [answer.error]);
    return;
  }
  const { error: _, ...said } = answer;
  const { ok, status, body } = await post("/api/v1/join/confirm", { secret, ...said });
  if (ok) location.replace(body.next);
  else if (status === 401) showErrors(step, [wrongDate(body)]);
  else fail(status, body);
}

/** @param {HTMLFormElement} form */
function nameIn(form) {
  const name = String(new FormData(form).get("name") ?? "").trim();
  if (name) return { name, error: null };
  return { name: "", error: { field: "guest-name", text: "Enter your name" } };
}

const secret = takeSecret("openconsult-link");
for (const form of root.querySelectorAll("form")) {
  form.addEventListener("submit", (event) => void confirm(event));
}
root.querySelector("[data-again]")?.addEventListener("click", () => void open());
const opening = /** @type {HTMLElement} */ (root.querySelector("[data-when-script]"));
opening.hidden = false;
if (secret) void open();
else fail(410, { title: "This link is not complete" });
