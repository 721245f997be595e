/** What every page does: NHS components come alive, and so does what listens to events. */

import { initAll } from "/assets/nhsuk-frontend.min.js";

const AGAIN_MS = 2_000;

document.body.classList.add("js-enabled", "nhsuk-frontend-supported");
initAll();
document.addEventListener("keydown", focusMenuAgain, { capture: true });

if (document.body.hasAttribute("data-live")) void comeAlive();
if (document.body.hasAttribute("data-rings")) void ring();

async function comeAlive() {
  const [{ liveStream }, { showLineBanner }, { keepLive }, { keepWaits }] = await arrived(() =>
    Promise.all([import("./live.js"), import("./banner.js"), import("./fragment.js"), import("./since.js")]),
  );
  const banner = document.getElementById("line-banner");
  showLineBanner(liveStream(), banner ? { parent: banner } : {});
  keepLive();
  keepWaits();
}

async function ring() {
  const { ringOverPage } = await arrived(() => import("./ring.js"));
  ringOverPage();
}

/**
 * A line that goes while a page opens takes its modules with it: they are asked for until they are
 * here, else the page would look whole and hear of nothing.
 *
 * @template T
 * @param {() => Promise<T>} load
 * @returns {Promise<T>}
 */
async function arrived(load) {
  for (;;) {
    try {
      return await load();
    } catch (error) {
      // Not fetched is a TypeError in every browser; a fault of the module's own is not.
      if (!(error instanceof TypeError)) throw error;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
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
