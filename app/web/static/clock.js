/**
 * The server's time. A tablet's own clock can be minutes wrong, and whoever rings for half a
 * minute by it would ring too short or too long.
 */

/** @returns {number} milliseconds since 1970, as near as the way of the page allows */
export function serverNow() {
  return Date.now() + AHEAD_MS;
}

/** A page from the worker's store was made long ago: what the last one from the server told counts. */
const REMEMBERED = "openconsult-clock-ahead-ms";
const AHEAD_MS = aheadOfUs();

/** The page says when it was made; we know when its first byte came. */
function aheadOfUs() {
  const servedAt = Date.parse(document.documentElement.dataset.servedAt ?? "");
  const [page] = performance.getEntriesByType("navigation");
  const arrived = /** @type {PerformanceNavigationTiming | undefined} */ (page)?.responseStart;
  if (!arrived || Number.isNaN(servedAt)) return remembered();
  const ahead = servedAt - (performance.timeOrigin + arrived);
  try {
    localStorage.setItem(REMEMBERED, String(Math.round(ahead)));
  } catch {
    // A browser that keeps nothing has no pages without the server either.
  }
  return ahead;
}

function remembered() {
  try {
    return Number(localStorage.getItem(REMEMBERED) ?? 0) || 0;
  } catch {
    return 0;
  }
}
