/** A crew's request: each part of the page is bound to what keeps it. */

import { Countdown } from "../ring.js";
import { callWhenAnswered } from "./call.js";
import { bindCase } from "./case.js";
import { bindVitals } from "./vitals.js";

const root = /** @type {HTMLElement} */ (document.querySelector("[data-request]"));
const base = `/api/v1/service-requests/${root.dataset["request"]}`;
const form = /** @type {HTMLFormElement} */ (root.querySelector("[data-case]"));
const saved = /** @type {HTMLElement} */ (root.querySelector("[data-case-saved]"));

callWhenAnswered(root);
new Countdown(root).start();
bindVitals(root, base);
bindCase(form, saved, base);
