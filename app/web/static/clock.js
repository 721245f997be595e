/**
 * The server's time. A tablet's own clock can be minutes wrong, and whoever rings for half a
 * minute by it would ring too short or too long.
 */

/** @returns {number} milliseconds since 1970, as near as the way of the page allows */
export function serverNow() {
  return Date.now() + AHEAD_MS;
}

const AHEAD_MS = aheadOfUs();

/** The page says when it was made; we know when its first byte came. */
function aheadOfUs() {
  const servedAt = Date.parse(document.documentElement.dataset.servedAt ?? "");
  const [page] = performance.getEntriesByType("navigation");
  const arrived = /** @type {PerformanceNavigationTiming | undefined} */ (page)?.responseStart;
  if (!arrived || Number.isNaN(servedAt)) return 0;
  return servedAt - (performance.timeOrigin + arrived);
}
