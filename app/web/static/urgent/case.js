/** The patient and ATMIST, saved as they are typed. */

import { SAVE_AFTER_MS, save, saveUntilDone } from "./saving.js";

/**
 * @param {HTMLFormElement} form
 * @param {HTMLElement} status says whether it is saved
 * @param {string} base the request's address in the API
 */
export function bindCase(form, status, base) {
  let timer = 0;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      void saveUntilDone(() => save(base, "PATCH", caseIn(form)), status);
    }, SAVE_AFTER_MS);
  });
}

/** @param {HTMLFormElement} form */
function caseIn(form) {
  const data = new FormData(form);
  const number = (/** @type {string} */ name) => (data.get(name) ? Number(data.get(name)) : null);
  const atmist = Object.fromEntries(
    [...form.querySelectorAll("textarea")].map((area) => [area.dataset["atmist"], area.value]),
  );
  return {
    age_years: number("age_years"),
    sex: data.get("sex"),
    eta_minutes: number("eta_minutes"),
    time_critical: data.get("time_critical") !== null,
    atmist,
  };
}
