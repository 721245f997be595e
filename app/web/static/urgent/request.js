/** A crew's request: each part of the page is bound to what keeps it. */

import { Countdown } from "../countdown.js";
import { Documents } from "../documents/documents.js";
import { isShell, ready } from "../offline/crew.js";
import { Mirror } from "../offline/mirror.js";
import { bindChoices } from "../observations/choices.js";
import { giveWay, nameRequest, restorePlace, showRequest } from "../offline/shell.js";
import { callWhenAnswered } from "./call.js";
import { bindCancel } from "./cancel.js";
import { bindCase } from "./case.js";
import { bindDictation } from "./dictation.js";
import { bindNotes } from "./notes.js";
import { bindPosition } from "./position.js";
import { save, saveUntilDone } from "./saving.js";
import { bindSteps } from "./steps.js";
import { bindVitals } from "./vitals.js";

const root = /** @type {HTMLElement} */ (document.querySelector("[data-request]"));

if (isShell) nameRequest(root);
const documents = new Documents(
  /** @type {HTMLElement} */ (root.querySelector("[data-documents]")),
  /** @type {HTMLDialogElement} */ (root.querySelector("[data-viewer]")),
);
callWhenAnswered(root, documents);
new Countdown(root).start();

const request = root.dataset["request"] ?? "";
bindCancel(root, ready, request);
const here = await ready;
// What was entered without a signal stands in its fields before anything is bound to them.
const mirror = here && (await recall(here));
const base = `/api/v1/service-requests/${request}`;
bindVitals(root, base);
bindChoices(root, (path, method, body, status) => saveUntilDone(() => save(path, method, body), status));
const form = bindCase(/** @type {HTMLElement} */ (root.querySelector("[data-case]")), base);
if (mirror) form.show(mirror.fields);
mirror?.follow();
bindSteps(/** @type {HTMLElement} */ (root.querySelector("[data-steps]")));
bindNotes(root, base);
bindPosition(/** @type {HTMLElement} */ (root.querySelector("[data-position]")), base);
void bindDictation(root);
root.querySelector("[data-details]")?.removeAttribute("inert");
restorePlace();
if (isShell) void giveWay(here);

/** @param {import("../offline/device.js").Device} device */
async function recall(device) {
  /** @type {Record<string, string>} */
  const words = isShell ? {} : { service: root.querySelector("h1")?.textContent ?? "" };
  const isOver = ["completed", "revoked"].includes(root.dataset["state"] ?? "");
  const recalled = await Mirror.open(root, device.outbox, { request, isShell, isOver, words });
  if (isShell) await showRequest(root, device);
  return recalled;
}
