/** The door of a handover's link: the address it was sent to, a name, then the facts. */

import { takeSecret } from "../visit/door.js";
import { clearErrors, showErrors } from "../visit/errors.js";

const root = /** @type {HTMLElement} */ (document.querySelector("[data-door]"));
const form = /** @type {HTMLFormElement} */ (root.querySelector("form"));
const said = /** @type {HTMLElement} */ (root.querySelector("[data-said]"));
const secret = takeSecret("handover");
/** Two taps are one try: a wrong address must not cost two. */
let isAsking = false;

/** @param {string} name */
function step(name) {
  for (const each of root.querySelectorAll("[data-step]")) {
    if (each instanceof HTMLElement) each.hidden = each.dataset["step"] !== name;
  }
  const heading = root.querySelector(`[data-step="${name}"] h1`);
  if (heading instanceof HTMLElement) {
    heading.tabIndex = -1;
    heading.focus();
  }
}

/** @param {string} path @returns {Promise<Response | null>} null when offline */
function ask(path) {
  const data = new FormData(form);
  const body = { secret, email: String(data.get("email")).trim(), name: String(data.get("name")).trim() };
  const init = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  return fetch(path, init).catch(() => null);
}

/** Everything that could be wrong, before it costs a try. */
function mistakes() {
  const data = new FormData(form);
  const found = [];
  if (!/^[^\s@]+@[^\s@]+$/.test(String(data.get("email")).trim())) found.push({ field: "email", text: "Enter the e-mail address this link was sent to" });
  if (!String(data.get("name")).trim()) found.push({ field: "name", text: "Enter your name and role" });
  return found;
}

async function open() {
  const errors = mistakes();
  clearErrors(root);
  if (errors.length) {
    showErrors(root, errors);
    return;
  }
  if (isAsking) return;
  isAsking = true;
  const response = await ask("/handover");
  isAsking = false;
  if (response?.ok) {
    const facts = /** @type {HTMLElement} */ (root.querySelector("[data-facts]"));
    facts.innerHTML = await response.text();
    said.textContent = "";
    step("handover");
    return;
  }
  await refuse(response);
}

/** @param {Response | null} response */
async function refuse(response) {
  const problem = response ? await response.json().catch(() => ({})) : {};
  if (!response || response.status >= 500 || response.status === 429) {
    const text = response ? "The service is busy. Wait a minute, then try again." : "No signal. Check the line, then try again.";
    said.textContent = text;
    showErrors(root, [{ field: "email", text }]);
    return;
  }
  if (response.status === 401) {
    const left = problem.tries_left === 1 ? "You can try once more." : `You can try ${problem.tries_left} more times.`;
    showErrors(root, [{ field: "email", text: `This link was sent to another address. ${left}` }]);
    return;
  }
  if (problem.type?.endsWith("link-locked")) {
    const text = /** @type {HTMLElement} */ (root.querySelector("[data-problem-text]"));
    text.textContent = problem.detail;
  }
  step("problem");
}

async function download() {
  said.textContent = "Making the PDF…";
  const response = await ask("/handover/pdf");
  if (!response?.ok) {
    await refuse(response);
    return;
  }
  const anchor = document.createElement("a");
  anchor.href = URL.createObjectURL(await response.blob());
  anchor.download = "handover.pdf";
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(anchor.href), 60_000);
  said.textContent = "Downloaded";
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void open();
});
root.querySelector("[data-again]")?.addEventListener("click", () => void open());
root.querySelector("[data-pdf]")?.addEventListener("click", () => void download());
step(secret ? "ask" : "problem");
