/** Vital signs on a page: charts, corrections, choices and monitors, wherever there are any. */

import { Charts } from "./charts.js";
import { bindChoices } from "./choices.js";
import { bindCorrections } from "./corrections.js";
import { bindMonitors } from "./monitors.js";

for (const place of document.querySelectorAll("[data-charts]")) {
  if (place instanceof HTMLElement) new Charts(place).start();
}
bindCorrections(document);
// A crew's choices are kept where there is no signal: urgent/request.js binds them.
if (!document.querySelector("[data-kept]")) bindChoices(document);
bindMonitors(document);
