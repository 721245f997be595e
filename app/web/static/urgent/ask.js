/**
 * Asking for advice. The request is kept on the phone first and has its own id from there: it
 * rings at once where there is a signal, and as soon as there is one where there is none.
 */

import { serverNow } from "../clock.js";
import { isShell, ready } from "../offline/crew.js";
import { caseName, caseOf } from "../offline/mirror.js";
import { NotKept } from "../offline/outbox.js";
import { giveWay } from "../offline/shell.js";

/** Longer than this nobody looks at a button: the request's own page says how it stands. */
const AT_ONCE_MS = 3_000;
const REQUESTS = "/api/v1/service-requests";

/**
 * @typedef {import("../offline/device.js").Device} Device
 * @typedef {{ id: string, code: string, specialty: string, organization: string, phone: string }} Line
 */

const form = document.querySelector("form.app-ask");
const here = await ready;
if (here && isShell) await fillTiles(here);
if (here) await showOpen(here);
if (here && form instanceof HTMLFormElement) bind(form, here);
if (isShell) void giveWay(here);

/** @param {HTMLFormElement} asking @param {Device} device */
function bind(asking, device) {
  asking.addEventListener("submit", (event) => {
    event.preventDefault();
    void ask(asking, device);
  });
  device.outbox.addEventListener("change", (event) => {
    const { state, opens, request } = /** @type {CustomEvent} */ (event).detail;
    if (state === "sent" && opens && !asking.dataset["asking"]) location.assign(`/urgent/${request}`);
  });
}

/** @param {HTMLFormElement} asking @param {Device} device */
async function ask(asking, device) {
  const data = new FormData(asking);
  const service = String(data.get("service_id") ?? "");
  const question = String(data.get("question") ?? "").trim().replace(/\s+/g, " ");
  const problems = problemsOf(service, question);
  showProblems(problems);
  if (problems.length > 0 || asking.dataset["asking"]) return;
  asking.dataset["asking"] = "true";
  try {
    const { id, phone, settled } = await raise(device, { service, question, ...lineOf(asking) });
    if (settled.refused) showProblems([{ text: settled.refused, href: "#question" }]);
    else if (settled.halt === "signed-out") location.assign("/sign-in?next=/urgent");
    else if (settled.halt && !(await opensAnyway())) showKept(asking, question, phone);
    else location.assign(`/urgent/${id}`);
  } catch (error) {
    if (!(error instanceof NotKept)) throw error;
    asking.submit();
  } finally {
    delete asking.dataset["asking"];
  }
}

/**
 * Without a worker to open it, a request's page is not found before the server has it. One that is
 * active opens the next page, whether or not it has this one.
 */
async function opensAnyway() {
  const registration = await navigator.serviceWorker?.getRegistration();
  return Boolean(registration?.active);
}

/**
 * Asked without a signal where no page could be opened: this one says that it is kept, and opens
 * the request once it is sent. The form is emptied, so that nobody asks twice.
 *
 * @param {HTMLFormElement} asking
 * @param {string} question
 * @param {string} phone
 */
function showKept(asking, question, phone) {
  asking.reset();
  const text =
    `Your request is kept on this phone: “${question}”. It rings as soon as there is a signal.` +
    ` Leave this page open.${phone ? " If you cannot wait, ring" : ""}`;
  const number = { text: phone, href: `tel:${phone.replaceAll(" ", "")}` };
  showProblems(phone ? [number] : [], { heading: "Not sent yet", text });
}

/**
 * @param {Device} device
 * @param {{ service: string, question: string, specialty: string, code: string, phone: string }} asked
 */
async function raise(device, { service, question, specialty, code, phone }) {
  const id = crypto.randomUUID();
  const happenedAt = new Date(serverNow()).toISOString();
  const words = { service: specialty, question, phone, specialty: code };
  const blank = await caseOf(device.outbox, id);
  await device.outbox.putFact(caseName(id), { ...blank, words });
  const settled = settling(device, id, await opensAnyway());
  await device.enter({
    id,
    request: id,
    opens: true,
    method: "POST",
    path: REQUESTS,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ id, service_id: service, question, asked_at: happenedAt }),
    label: `Request for advice, ${specialty}`,
    happenedAt,
  });
  return { id, phone, settled: await settled };
}

/**
 * @param {Device} device
 * @param {string} id
 * @param {boolean} opens its page, though the server does not have it yet
 * @returns {Promise<{ refused: string, halt: string }>} why it was refused, or what keeps it from
 *   being sent; both empty where it was sent or takes long
 */
function settling(device, id, opens) {
  return new Promise((resolve) => {
    const nothing = { refused: "", halt: "" };
    const late = opens ? setTimeout(() => resolve(nothing), AT_ONCE_MS) : undefined;
    const changed = (/** @type {Event} */ event) => {
      const detail = /** @type {CustomEvent} */ (event).detail;
      const isOver = detail.state === "halted" || (detail.id === id && detail.state !== "waiting");
      if (!isOver) return;
      clearTimeout(late);
      device.outbox.removeEventListener("change", changed);
      if (detail.state === "halted") resolve({ refused: "", halt: detail.halt });
      else resolve(detail.state === "aside" ? { refused: detail.reason, halt: "" } : nothing);
    };
    device.outbox.addEventListener("change", changed);
  });
}

/** @param {string} service @param {string} question */
function problemsOf(service, question) {
  const problems = [];
  const first = document.querySelector(".app-tiles input");
  if (!service) problems.push({ text: "Choose a specialty", href: `#${first?.id ?? "service-1"}` });
  if (!question) problems.push({ text: "Enter your question, in up to 300 characters", href: "#question" });
  return problems;
}

/**
 * As the server shows them.
 *
 * @param {{ text: string, href: string }[]} problems
 * @param {{ heading: string, text: string }} [said]
 */
function showProblems(problems, said) {
  const place = /** @type {HTMLElement} */ (document.querySelector("[data-problems]"));
  if (problems.length === 0 && !said) return place.replaceChildren();
  const summary = document.createElement("div");
  summary.className = "nhsuk-error-summary";
  summary.tabIndex = -1;
  summary.setAttribute("role", "alert");
  const title = document.createElement("h2");
  title.className = "nhsuk-error-summary__title";
  title.textContent = said?.heading ?? "There is a problem";
  const words = document.createElement("p");
  words.textContent = said?.text ?? "";
  const list = document.createElement("ul");
  list.className = "nhsuk-list nhsuk-error-summary__list";
  list.append(...problems.map(problemItem));
  summary.append(title, ...(said ? [words] : []), list);
  place.replaceChildren(summary);
  summary.focus();
}

/** @param {{ text: string, href: string }} problem */
function problemItem({ text, href }) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  Object.assign(link, { href, textContent: text });
  item.append(link);
  return item;
}

/** Of the tile itself: a page just opened knows whom to ring if the signal goes. @param {HTMLFormElement} asking */
function lineOf(asking) {
  const tile = /** @type {HTMLInputElement | null} */ (asking.querySelector(".app-tiles input:checked"));
  const { code = "", phone = "" } = tile?.dataset ?? {};
  return { specialty: tile?.labels?.[0]?.querySelector("strong")?.textContent ?? "", code, phone };
}

/** Tiles as this phone learnt them when it had a signal. @param {Device} device */
async function fillTiles(device) {
  const known = await device.outbox.fact("lines");
  const tile = /** @type {HTMLTemplateElement} */ (document.querySelector("template[data-tile]"));
  const lines = /** @type {Line[]} */ (known?.lines ?? []);
  lines.forEach((line, index) => tile.before(tileOf(tile, line, { number: index + 1, phone: line.phone || known.phone })));
}

/** The server lists those it has; the others are here alone. @param {Device} device */
async function showOpen(device) {
  const template = /** @type {HTMLTemplateElement} */ (document.querySelector("template[data-open-request]"));
  const kept = await device.outbox.list();
  const onlyHere = new Set(kept.filter(({ opens }) => opens).map(({ request }) => request));
  for (const name of await device.outbox.factNames()) {
    const id = name.startsWith("case/") ? name.slice("case/".length) : "";
    if (!id || !(isShell || onlyHere.has(id))) continue;
    const { words } = await device.outbox.fact(name);
    template.before(openRequest(template, id, words));
  }
}

/**
 * @param {HTMLTemplateElement} template
 * @param {Line} line
 * @param {{ number: number, phone: string }} shown the service's telephone number, or else our own
 */
function tileOf(template, { id, code, specialty, organization }, { number, phone }) {
  const tile = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
  const input = /** @type {HTMLInputElement} */ (tile.querySelector("input"));
  const label = /** @type {HTMLLabelElement} */ (tile.querySelector("label"));
  input.id = `service-${number}`;
  input.value = id;
  Object.assign(input.dataset, { code, phone });
  label.htmlFor = input.id;
  const [name, where, state] = label.children;
  if (name) name.textContent = specialty;
  if (where) where.textContent = organization;
  if (state) state.textContent = phone ? `No signal: or ring ${phone}` : "No signal";
  return tile;
}

/** @param {HTMLTemplateElement} template @param {string} id @param {Record<string, string>} words */
function openRequest(template, id, words) {
  const copy = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
  const [name, question] = copy.querySelectorAll("strong, span");
  if (name) name.textContent = words["service"] ?? "Request";
  if (question) question.textContent = `: ${words["question"] ?? ""}`;
  /** @type {HTMLAnchorElement} */ (copy.querySelector("a")).href = `/urgent/${id}`;
  return copy;
}
