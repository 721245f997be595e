/** Dialogs: `data-opens="id"` opens one, `data-closes` inside closes it, `data-copy` copies a field. */

export function bindDialogs(root = document) {
  for (const opener of root.querySelectorAll("[data-opens]")) {
    const dialog = document.getElementById(opener.getAttribute("data-opens") ?? "");
    if (!(dialog instanceof HTMLDialogElement)) continue;
    opener.addEventListener("click", () => dialog.showModal());
    for (const closer of dialog.querySelectorAll("[data-closes]")) {
      closer.addEventListener("click", () => dialog.close());
    }
  }
  for (const button of root.querySelectorAll("[data-copy]")) {
    button.addEventListener("click", () => void copy(button));
  }
}

/** @param {Element} button */
async function copy(button) {
  const field = document.getElementById(button.getAttribute("data-copy") ?? "");
  if (!(field instanceof HTMLInputElement)) return;
  field.select();
  const said = button.parentElement?.querySelector("[data-copied]");
  try {
    await navigator.clipboard.writeText(field.value);
    if (said) said.textContent = "Copied.";
  } catch {
    if (said) said.textContent = "Copying is not allowed here: the link is selected, copy it by hand.";
  }
}
