/** Inviting a third person by a link, and finishing for everyone. */

import { sendForm, showProblem } from "./form.js";

/**
 * @param {HTMLFormElement} form
 * @param {HTMLElement} done what shows the link
 */
export function bindInvite(form, done) {
  const dialog = form.closest("dialog");
  const problem = /** @type {HTMLElement} */ (form.querySelector("[data-invite-error]"));
  const field = /** @type {HTMLInputElement} */ (done.querySelector("input"));
  // Kept until there is a link: asked again after a lost answer, it is the same seat.
  let seat = crypto.randomUUID();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const guest = new FormData(form);
    guest.set("id", seat);
    const sent = await sendForm(form.action, guest);
    showProblem(problem, sent.problem);
    if (!sent.ok) return;
    field.value = String(sent.body["url"]);
    form.hidden = true;
    done.hidden = false;
    field.select();
  });
  dialog?.addEventListener("close", () => {
    form.reset();
    seat = crypto.randomUUID();
    form.hidden = false;
    done.hidden = true;
    field.value = "";
    const said = done.querySelector("[data-copied]");
    if (said) said.textContent = "";
  });
}

/**
 * The note is saved before the consultation ends.
 *
 * @param {HTMLFormElement} form
 * @param {import("./note.js").Note} note
 */
export function bindFinish(form, note) {
  const problem = /** @type {HTMLElement} */ (form.querySelector("[data-finish-error]"));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!new FormData(form).get("outcome")) {
      showProblem(problem, "Choose an outcome.");
      form.querySelector("input")?.focus();
      return;
    }
    await note.flush();
    const sent = await sendForm(form.action, new FormData(form));
    showProblem(problem, sent.problem);
    if (sent.ok) location.assign(String(sent.body["next"]));
  });
}
