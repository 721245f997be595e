/** Demonstration only: choosing a made-up person fills in the form. */

const form = /** @type {HTMLFormElement} */ (document.querySelector("form[action='/sign-in']"));

for (const account of document.querySelectorAll("[data-username]")) {
  account.addEventListener("click", () => {
    if (!(account instanceof HTMLElement)) return;
    fill("username", account.dataset["username"] ?? "");
    fill("password", account.dataset["password"] ?? "");
    /** @type {HTMLElement | null} */ (form.querySelector(".nhsuk-button"))?.focus();
  });
}

/** @param {string} name @param {string} value */
function fill(name, value) {
  const field = form.elements.namedItem(name);
  if (field instanceof HTMLInputElement) field.value = value;
}
