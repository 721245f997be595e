/** Signing out takes what is kept off the phone. What was not sent would be lost: it asks first. */

/**
 * @param {HTMLElement} root of the strip, with the question
 * @param {import("./outbox.js").Outbox} outbox
 */
export function guardSignOut(root, outbox) {
  const form = document.querySelector("form[action='/sign-out']");
  const dialog = /** @type {HTMLDialogElement} */ (root.ownerDocument.querySelector("[data-kept-leaving]"));
  if (!(form instanceof HTMLFormElement) || !dialog) return;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void ask(form, dialog, outbox);
  });
  dialog.querySelector("[data-stay]")?.addEventListener("click", () => dialog.close());
  dialog.querySelector("[data-lose]")?.addEventListener("click", () => void leave(form, outbox));
}

/** @param {HTMLFormElement} form @param {HTMLDialogElement} dialog @param {import("./outbox.js").Outbox} outbox */
async function ask(form, dialog, outbox) {
  const { length } = await outbox.list();
  if (length === 0) return leave(form, outbox);
  const words = length === 1 ? "1 thing has not been sent." : `${length} things have not been sent.`;
  const heading = /** @type {HTMLElement} */ (dialog.querySelector("h2"));
  heading.textContent = words;
  dialog.showModal();
}

/** @param {HTMLFormElement} form @param {import("./outbox.js").Outbox} outbox */
async function leave(form, outbox) {
  await outbox.wipe().catch(() => undefined);
  form.submit();
}
