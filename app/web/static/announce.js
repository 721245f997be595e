/** Says something to people who use a screen reader, without moving their focus. */

/** @type {HTMLElement | null} */
let region = null;

/** @param {string} text */
export function announce(text) {
  if (!region) {
    region = document.createElement("div");
    region.setAttribute("aria-live", "polite");
    region.className = "nhsuk-u-visually-hidden";
    document.body.append(region);
  }
  // Emptied first, so that the same words said twice are read twice.
  region.textContent = "";
  const target = region;
  requestAnimationFrame(() => (target.textContent = text));
}
