/** The rota's next weeks, kept in step with what is typed. */

import { announce } from "./announce.js";
import { morph } from "./morph.js";

/** Nobody reads while they type. */
const STILL_MS = 350;
const form = /** @type {HTMLFormElement} */ (document.querySelector("[data-rota]"));
const here = /** @type {HTMLElement} */ (document.querySelector("[data-preview-here]"));
const state = /** @type {HTMLElement} */ (document.querySelector("[data-preview-state]"));
const every = /** @type {HTMLSelectElement} */ (form.elements.namedItem("every"));
let waiting = 0;
/** Answers that come late must not replace later ones. */
let latest = 0;

function showMonthly() {
  const box = form.querySelector("[data-when-monthly]");
  if (box instanceof HTMLElement) box.hidden = every.value !== "monthly";
}

async function refresh() {
  const mine = ++latest;
  here.setAttribute("aria-busy", "true");
  try {
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form)) body.append(name, String(value));
    const response = await fetch(form.dataset["preview"] ?? "", { method: "POST", body });
    if (response.redirected) location.reload();
    if (!response.ok) throw new Error(`The preview answered ${response.status}`);
    const template = document.createElement("template");
    template.innerHTML = (await response.text()).trim();
    if (mine !== latest) return;
    const said = template.content.querySelector("[data-announcement]");
    morph(here, template.content);
    state.textContent = "";
    announce(said?.getAttribute("data-announcement") ?? "");
  } catch {
    if (mine === latest) state.textContent = "The preview could not be fetched. It is tried again when you change something.";
  } finally {
    if (mine === latest) here.removeAttribute("aria-busy");
  }
}

form.addEventListener("input", () => {
  showMonthly();
  clearTimeout(waiting);
  waiting = setTimeout(() => void refresh(), STILL_MS);
});
showMonthly();
