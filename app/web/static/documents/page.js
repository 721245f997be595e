/** Pictures and documents of a case that is over: to be looked at, and added to. */

import { Documents } from "./documents.js";

const panel = /** @type {HTMLElement} */ (document.querySelector("[data-documents]"));
new Documents(panel, /** @type {HTMLDialogElement} */ (document.querySelector("[data-viewer]")));
