/**
 * The door of an offer from the waiting list: what was freed, until when it is kept, yes or no.
 * Its secret is in the address after #, as a join link's is.
 */

import { birthDateIn, post, takeSecret, when, wrongDate } from "./door.js";
import { clearErrors, showErrors } from "./errors.js";
import { refusalWords } from "./offer-words.js";

/**
 * @typedef {object} Offer
 * @property {string} organization
 * @property {string} service
 * @property {string} with_name
 * @property {string} start
 * @property {string} time_zone
 * @property {string} channel
 * @property {string} expires_at
 * @property {boolean} replaces
 * @property {string} phone
 */

const HOW = new Map([
  ["video", "By video, on your phone, tablet or computer"],
  ["telephone", "By telephone: we ring you"],
  ["in-person", "In person"],
]);
const root = /** @type {HTMLElement} */ (document.querySelector("[data-offer]"));
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

/** @param {string} name @param {string} text */
function say(name, text) {
  for (const place of root.querySelectorAll(`[data-say="${name}"]`)) place.textContent = text;
}

async function open() {
  show("loading");
  const { ok, status, body } = await post("/api/v1/offers", { secret });
  if (!ok) {
    fail(status, body);
    return;
  }
  const offer = /** @type {Offer} */ (body);
  phone = offer.phone;
  say("when", when(offer.start, offer.time_zone));
  say("with", `${offer.with_name}, ${offer.organization}`);
  say("what", offer.service);
  say("how", HOW.get(offer.channel) ?? "");
  say("until", when(offer.expires_at, offer.time_zone));
  for (const note of root.querySelectorAll("[data-replaces]")) {
    if (note instanceof HTMLElement) note.hidden = !offer.replaces;
  }
  show("offer");
}

/** @param {number} status @param {import("./offer-words.js").Refusal} problem */
function fail(status, problem) {
  const offline = status === 0;
  const [title, text] = offline
    ? ["We cannot reach the service", "Check that you are online, then try again."]
    : refusalWords(status, problem);
  say("problem-title", title);
  say("problem-text", text);
  const number = problem.phone || phone;
  say("problem-phone", number ? `You can ring ${number}.` : "");
  const again = /** @type {HTMLElement} */ (root.querySelector("[data-again]"));
  again.hidden = !(offline || status >= 500 || status === 429);
  show("problem");
}

/** @param {SubmitEvent} event */
async function answer(event) {
  event.preventDefault();
  const form = /** @type {HTMLFormElement} */ (event.target);
  const step = /** @type {HTMLElement} */ (form.closest("[data-step]"));
  clearErrors(step);
  const said = birthDateIn(form);
  if (said.error) {
    showErrors(step, [said.error]);
    return;
  }
  const button = event.submitter;
  const choice = button instanceof HTMLButtonElement ? button.value : "accept";
  const { ok, status, body } = await post("/api/v1/offers/confirm", {
    secret,
    birth_date: said.birth_date,
    answer: choice,
  });
  if (status === 401) showErrors(step, [wrongDate(body)]);
  else if (!ok) fail(status, body);
  else done(choice, body);
}

/** @param {string} choice @param {{ join_url: string | null }} answered */
function done(choice, answered) {
  const link = root.querySelector("[data-join-link]");
  if (link instanceof HTMLAnchorElement && answered.join_url) link.href = answered.join_url;
  show(choice === "accept" ? "accepted" : "declined");
}

const secret = takeSecret("openconsult-offer");
root.querySelector("form")?.addEventListener("submit", (event) => void answer(event));
root.querySelector("[data-again]")?.addEventListener("click", () => void open());
/** @type {HTMLElement} */ (root.querySelector("[data-when-script]")).hidden = false;
if (secret) void open();
else fail(410, {});
