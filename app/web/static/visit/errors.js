/** An error summary above and the message beside the field, as the NHS service manual has it. */

/**
 * @typedef {object} FieldError
 * @property {string} field id of the input
 * @property {string} text
 */

/** @param {HTMLElement} root with a [data-error-summary] in it @param {FieldError[]} errors */
export function showErrors(root, errors) {
  clearErrors(root);
  const summary = document.createElement("div");
  summary.className = "nhsuk-error-summary";
  summary.tabIndex = -1;
  summary.setAttribute("role", "alert");
  summary.setAttribute("aria-labelledby", "error-summary-title");
  const title = document.createElement("h2");
  title.className = "nhsuk-error-summary__title";
  title.id = "error-summary-title";
  title.textContent = "There is a problem";
  const list = document.createElement("ul");
  list.className = "nhsuk-list nhsuk-error-summary__list";
  for (const error of errors) {
    list.append(linkTo(error));
    markField(root, error);
  }
  const body = document.createElement("div");
  body.className = "nhsuk-error-summary__body";
  body.append(list);
  summary.append(title, body);
  root.querySelector("[data-error-summary]")?.replaceChildren(summary);
  summary.focus();
}

/** @param {HTMLElement} root */
export function clearErrors(root) {
  root.querySelector("[data-error-summary]")?.replaceChildren();
  for (const message of root.querySelectorAll("[data-field-error]")) message.remove();
  for (const group of root.querySelectorAll(".nhsuk-form-group--error")) {
    group.classList.remove("nhsuk-form-group--error");
  }
  for (const input of root.querySelectorAll(".nhsuk-input--error")) {
    input.classList.remove("nhsuk-input--error");
    input.removeAttribute("aria-describedby");
    input.removeAttribute("aria-invalid");
  }
}

/** @param {FieldError} error */
function linkTo({ field, text }) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = `#${field}`;
  link.textContent = text;
  link.addEventListener("click", (event) => {
    event.preventDefault();
    document.getElementById(field)?.focus();
  });
  item.append(link);
  return item;
}

/** @param {HTMLElement} root @param {FieldError} error */
function markField(root, { field, text }) {
  const input = root.querySelector(`#${CSS.escape(field)}`);
  const groups = [...root.querySelectorAll(".nhsuk-form-group")];
  const group = groups.find((candidate) => input && candidate.contains(input));
  if (!input || !group) return;
  const message = document.createElement("span");
  message.className = "nhsuk-error-message";
  message.id = `${field}-error`;
  message.dataset["fieldError"] = "";
  message.textContent = `Error: ${text}`;
  group.classList.add("nhsuk-form-group--error");
  const before = group.querySelector("input, .nhsuk-date-input");
  (before?.closest(".nhsuk-date-input") ?? before)?.before(message);
  input.classList.add("nhsuk-input--error");
  input.setAttribute("aria-describedby", message.id);
  input.setAttribute("aria-invalid", "true");
}
