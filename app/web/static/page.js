/** What every page does: NHS components come alive, and so does what listens to events. */

import { initAll } from "/assets/nhsuk-frontend.min.js";

document.body.classList.add("js-enabled", "nhsuk-frontend-supported");
initAll();
document.addEventListener("keydown", focusMenuAgain, { capture: true });

if (document.body.hasAttribute("data-live")) {
  const { liveStream } = await import("./live.js");
  const { showLineBanner } = await import("./banner.js");
  const { keepLive } = await import("./fragment.js");
  const { keepWaits } = await import("./since.js");
  const banner = document.getElementById("line-banner");
  showLineBanner(liveStream(), banner ? { parent: banner } : {});
  keepLive();
  keepWaits();
  if (document.body.hasAttribute("data-rings")) {
    const { ringOverPage } = await import("./ring.js");
    ringOverPage();
  }
}

/**
 * Escape folds the header's menu. Whoever was in it would be nowhere: the button that unfolds it
 * takes the focus. Heard on the way down, before the menu is gone.
 *
 * @param {KeyboardEvent} event
 */
function focusMenuAgain(event) {
  const toggle = document.getElementById("toggle-menu");
  const isOpen = toggle?.getAttribute("aria-expanded") === "true";
  if (event.key !== "Escape" || !isOpen) return;
  if (document.activeElement?.closest(".nhsuk-header")) toggle?.focus();
}
