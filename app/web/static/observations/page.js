/** Vital signs on a page: charts, corrections, choices and monitors, wherever there are any. */

import { Charts } from "./charts.js";
import { bindChoices } from "./choices.js";
import { bindCorrections } from "./corrections.js";
import { bindMonitors } from "./monitors.js";

for (const place of document.querySelectorAll("[data-charts]")) {
  if (place instanceof HTMLElement) new Charts(place).start();
}
bindCorrections(document);
bindChoices(document);
bindMonitors(document);
