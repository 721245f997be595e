/** The case in steps. On a phone one is open at a time; at its end are the ways back and on. */

const WIDE = matchMedia("(min-width: 900px)");

/** @param {HTMLElement} root */
export function bindSteps(root) {
  const panels = /** @type {HTMLDetailsElement[]} */ ([...root.querySelectorAll("[data-step-panel]")]);
  panels.forEach((panel, at) => bindStep(panel, panels[at - 1], panels[at + 1]));
  const fit = () => {
    for (const bar of root.querySelectorAll("[data-steps-bar]")) {
      if (bar instanceof HTMLElement) bar.hidden = WIDE.matches;
    }
  };
  WIDE.addEventListener("change", fit);
  fit();
}

/**
 * @param {HTMLDetailsElement} panel
 * @param {HTMLDetailsElement | undefined} before
 * @param {HTMLDetailsElement | undefined} after
 */
function bindStep(panel, before, after) {
  const back = /** @type {HTMLButtonElement} */ (panel.querySelector("[data-steps-back]"));
  const next = /** @type {HTMLButtonElement} */ (panel.querySelector("[data-steps-next]"));
  back.hidden = !before;
  next.hidden = !after;
  next.textContent = `Next: ${after?.dataset["stepPanel"] ?? ""}`;
  back.addEventListener("click", () => move(panel, before));
  next.addEventListener("click", () => move(panel, after));
}

/** @param {HTMLDetailsElement} from @param {HTMLDetailsElement | undefined} to */
function move(from, to) {
  if (!to) return;
  from.open = false;
  to.open = true;
  to.scrollIntoView({ block: "start" });
  to.querySelector("summary")?.focus({ preventScroll: true });
}
