/** Choosing camera, microphone and speaker in a call, and why one of them does not work. */

import { canChooseSpeaker, listDevices } from "../call/devices.js";

/**
 * @typedef {import("../call/consultation.js").Consultation} Consultation
 * @typedef {import("../call/failures.js").Failure} Failure
 * @typedef {import("../call/devices.js").Device} Device
 * @typedef {"camera" | "microphone" | "speaker"} Kind
 */

/** @param {HTMLDialogElement} dialog @param {Consultation} consultation */
export function bindSettings(dialog, consultation) {
  const row = dialog.querySelector("[data-speaker-row]");
  if (row instanceof HTMLElement) row.hidden = !canChooseSpeaker();
  for (const select of selectsIn(dialog)) {
    select.addEventListener("change", () => {
      void consultation.useDevice(/** @type {Kind} */ (select.dataset["choose"]), select.value);
    });
  }
  const refresh = () => void fill(dialog, consultation);
  navigator.mediaDevices?.addEventListener("devicechange", refresh);
  return refresh;
}

/** @param {HTMLDialogElement} dialog @param {Consultation} consultation */
async function fill(dialog, consultation) {
  const { cameras, microphones, speakers } = await listDevices();
  const found = { camera: cameras, microphone: microphones, speaker: speakers };
  const { camera, microphone } = consultation.local;
  const chosen = {
    camera: camera.track?.getSettings().deviceId ?? "",
    microphone: microphone.track?.getSettings().deviceId ?? "",
    speaker: "",
  };
  for (const select of selectsIn(dialog)) {
    const kind = /** @type {Kind} */ (select.dataset["choose"]);
    options(select, found[kind], chosen[kind] || select.value);
  }
  const failures = dialog.querySelector("[data-failures]");
  failures?.replaceChildren(...[camera, microphone].flatMap(({ failure }) => failureBox(failure)));
}

/** @param {HTMLDialogElement} dialog @returns {HTMLSelectElement[]} */
function selectsIn(dialog) {
  return /** @type {HTMLSelectElement[]} */ ([...dialog.querySelectorAll("select[data-choose]")]);
}

/** @param {HTMLSelectElement} select @param {Device[]} devices @param {string} chosen */
function options(select, devices, chosen) {
  const made = devices.map(({ id, name }) => new Option(name, id, false, id === chosen));
  select.replaceChildren(...(made.length > 0 ? made : [new Option("None found", "")]));
  select.disabled = devices.length === 0;
}

/**
 * What went wrong and what to do, as an inset of the page.
 *
 * @param {Failure | null} failure
 * @returns {HTMLElement[]} empty when nothing did
 */
export function failureBox(failure) {
  if (!failure) return [];
  const box = document.createElement("div");
  box.className = "nhsuk-inset-text app-failure";
  const title = document.createElement("p");
  const strong = document.createElement("strong");
  strong.textContent = failure.title;
  title.append(strong);
  const text = document.createElement("p");
  text.textContent = failure.text;
  const steps = document.createElement("ol");
  for (const step of failure.steps) {
    const item = document.createElement("li");
    item.textContent = step;
    steps.append(item);
  }
  box.append(title, text, steps);
  return [box];
}
