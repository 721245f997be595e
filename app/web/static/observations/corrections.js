/** Taking a reading back: the reason is asked, and the line stays, struck through. */

import { announce } from "../announce.js";
import { ask } from "./asking.js";

/** @param {Document} root */
export function bindCorrections(root) {
  const dialog = root.querySelector("[data-take-back-dialog]");
  if (!(dialog instanceof HTMLDialogElement)) return;
  const find = (/** @type {string} */ name) =>
    /** @type {HTMLElement} */ (dialog.querySelector(`[data-take-back-${name}]`));
  const reason = /** @type {HTMLSelectElement} */ (dialog.querySelector("select"));
  const problem = find("problem");
  let chosen = "";
  const say = (/** @type {string} */ words) => {
    problem.textContent = words;
    problem.hidden = words === "";
  };
  // The lists are brought up to date in place: their buttons come and go.
  root.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    const button = target.closest("[data-take-back]");
    if (!(button instanceof HTMLElement)) return;
    chosen = button.dataset["takeBack"] ?? "";
    find("what").textContent = button.dataset["what"] ?? "";
    say("");
    dialog.showModal();
  });
  find("not").addEventListener("click", () => dialog.close());
  find("now").addEventListener("click", async () => {
    const path = `/api/v1/observations/${chosen}/entered-in-error`;
    const wrong = await ask(path, "POST", { reason: reason.value });
    say(wrong);
    if (wrong) return;
    dialog.close();
    announce("Taken back.");
  });
}
