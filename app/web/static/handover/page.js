/** The handover's page: making a link for the team that takes over, and withdrawing it. */

import { clearErrors, showErrors } from "../visit/errors.js";

const sending = /** @type {HTMLElement} */ (document.querySelector("[data-sending]"));
const form = /** @type {HTMLFormElement} */ (sending.querySelector("form"));
const made = /** @type {HTMLElement} */ (sending.querySelector("[data-made]"));
const link = /** @type {HTMLInputElement} */ (sending.querySelector("#made-link"));
const said = /** @type {HTMLElement} */ (sending.querySelector("[data-copied]"));
const linksSaid = /** @type {HTMLElement} */ (sending.querySelector("[data-links-said]"));
/** Kept until it is made: sent again after a lost answer, it is the same link. */
let id = crypto.randomUUID();

/** @param {string} path @param {object} [body] */
async function post(path, body) {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return { status: response.status, body: await response.json() };
}

/** @param {SubmitEvent} event */
async function make(event) {
  event.preventDefault();
  clearErrors(form);
  const data = new FormData(form);
  const recipient = String(data.get("recipient")).trim();
  const email = String(data.get("email")).trim();
  const errors = [];
  if (!recipient) errors.push({ field: "recipient", text: "Enter the team or ward" });
  if (!/^[^\s@]+@[^\s@]+$/.test(email)) errors.push({ field: "email", text: "Enter an e-mail address, for example resus@example.org" });
  if (errors.length) {
    showErrors(form, errors);
    return;
  }
  try {
    const answer = await post(sending.dataset["sending"] ?? "", { recipient, email, id });
    if (answer.status !== 201) throw new Error(String(answer.body.detail ?? answer.status));
    show(String(answer.body.url));
  } catch {
    showErrors(form, [{ field: "recipient", text: "No link was made. Check the line, then try again." }]);
  }
}

/** @param {string} url */
function show(url) {
  id = crypto.randomUUID();
  form.reset();
  link.value = url;
  made.hidden = false;
  said.textContent = "";
  const share = made.querySelector("[data-share]");
  if (share instanceof HTMLElement) share.hidden = !("share" in navigator);
  link.select();
}

form.addEventListener("submit", (event) => void make(event));
sending.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest("button") : null;
  if (!button) return;
  if (button.dataset["copy"]) {
    link.select();
    const copied = await navigator.clipboard?.writeText(link.value).then(() => true, () => false);
    said.textContent = copied ? "Copied" : "Press and hold the link to copy it";
  }
  if (button.hasAttribute("data-share")) await navigator.share({ url: link.value }).catch(() => undefined);
  if (button.dataset["revoke"]) await revoke(button);
});

/** @param {HTMLButtonElement} button */
async function revoke(button) {
  const answer = await post(`/api/v1/handover-links/${button.dataset["revoke"]}/revoke`).catch(() => null);
  linksSaid.textContent = answer?.status === 200 ? "The link opens nothing any more." : "Not withdrawn. Check the line, then try again.";
}
