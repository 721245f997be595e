/** A crew's request: each part of the page is bound to what keeps it. */

import { Documents } from "../documents/documents.js";
import { Countdown } from "../ring.js";
import { callWhenAnswered } from "./call.js";
import { bindCase } from "./case.js";
import { bindSteps } from "./steps.js";
import { bindVitals } from "./vitals.js";

const root = /** @type {HTMLElement} */ (document.querySelector("[data-request]"));
const base = `/api/v1/service-requests/${root.dataset["request"]}`;

const documents = new Documents(
  /** @type {HTMLElement} */ (root.querySelector("[data-documents]")),
  /** @type {HTMLDialogElement} */ (root.querySelector("[data-viewer]")),
);
callWhenAnswered(root, documents);
new Countdown(root).start();
bindVitals(root, base);
bindCase(/** @type {HTMLElement} */ (root.querySelector("[data-case]")), base);
bindSteps(/** @type {HTMLElement} */ (root.querySelector("[data-steps]")));
