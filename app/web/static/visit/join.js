/**
 * The door of a join link. Its secret is in the address after #, which no server and no log
 * sees; it is posted, and taken out of the address bar.
 */

import { showErrors, clearErrors } from "./errors.js";

/**
 * @typedef {object} Door
 * @property {"birth-date" | "name" | "ready"} stage
 * @property {string} channel
 * @property {string} organization
 * @property {string} with_name
 * @property {string | null} starts_at
 * @property {string} phone
 *
 * @typedef {{ title?: string, detail?: string, type?: string, tries_left?: number, phone?: string }} Problem
 */

const KEPT = "openconsult-link";
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

/** A reload keeps the link for this tab only. @returns {string} */
function takeSecret() {
  const fromAddress = location.hash.slice(1);
  if (fromAddress) sessionStorage.setItem(KEPT, fromAddress);
  history.replaceState(null, "", location.pathname);
  return fromAddress || (sessionStorage.getItem(KEPT) ?? "");
}

/**
 * @param {string} path
 * @param {object} body
 * @returns {Promise<{ ok: boolean, status: number, body: any }>} status 0 when offline
 */
async function post(path, body) {
  try {
    const response = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    return { ok: response.ok, status: response.status, body: await response.json() };
  } catch {
    return { ok: false, status: 0, body: {} };
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
function aboutOf({ channel, organization, with_name: who, starts_at: startsAt }) {
  const at = startsAt ? new Date(startsAt) : null;
  const day = at?.toLocaleDateString("en-GB", { weekday: "long", day: "numeric", month: "long" });
  const time = at?.toLocaleTimeString("en-GB", { hour: "numeric", minute: "2-digit" });
  const what = CHANNELS.get(channel) ?? "Video call";
  return `${what} with ${who}, ${organization}${at ? `, ${day} at ${time}` : ""}.`;
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

/** @param {Problem} problem */
function wrongDate({ tries_left: left = 0 }) {
  const tries = left === 1 ? "You can try once more." : `You can try ${left} more times.`;
  return { field: "birth-date-day", text: `That date does not match our record. ${tries}` };
}

/** @param {HTMLFormElement} form */
function nameIn(form) {
  const name = String(new FormData(form).get("name") ?? "").trim();
  if (name) return { name, error: null };
  return { name: "", error: { field: "guest-name", text: "Enter your name" } };
}

/** @param {HTMLFormElement} form */
function birthDateIn(form) {
  const data = new FormData(form);
  const [day, month, year] = ["day", "month", "year"].map((part) => Number(data.get(part)));
  const date = new Date(Date.UTC(year ?? 0, (month ?? 0) - 1, day));
  const isReal = date.getUTCDate() === day && date.getUTCMonth() === (month ?? 0) - 1;
  if (isReal && (year ?? 0) > 1880 && date.getTime() < Date.now()) {
    return { birth_date: date.toISOString().slice(0, 10), error: null };
  }
  const text = "Enter your date of birth as a day, a month and a year of four digits";
  return { birth_date: "", error: { field: "birth-date-day", text } };
}

const secret = takeSecret();
for (const form of root.querySelectorAll("form")) {
  form.addEventListener("submit", (event) => void confirm(event));
}
root.querySelector("[data-again]")?.addEventListener("click", () => void open());
const opening = /** @type {HTMLElement} */ (root.querySelector("[data-when-script]"));
opening.hidden = false;
if (secret) void open();
else fail(410, { title: "This link is not complete" });
