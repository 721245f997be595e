/**
 * Tells the service when the first picture of somebody else was on the screen: how long people
 * wait to be seen is measured where it is felt. Once for a page; staff only.
 */

const TRIES_AFTER_MS = [0, 2_000, 10_000, 60_000];

/**
 * @param {HTMLElement} pictures where the others are shown
 * @param {string} encounterId
 */
export function reportFirstPicture(pictures, encounterId) {
  if (!document.body.hasAttribute("data-staff")) return;
  const listening = new AbortController();
  const seen = (/** @type {Event} */ event) => {
    const video = event.target;
    // A stream of sound alone is ready too, without a picture.
    if (!(video instanceof HTMLVideoElement) || video.videoWidth === 0) return;
    listening.abort();
    void tell(encounterId, performance.now());
  };
  for (const name of ["loadeddata", "resize"]) {
    pictures.addEventListener(name, seen, { capture: true, signal: listening.signal });
  }
}

/** @param {string} encounterId @param {number} shownAt by the page's own clock */
async function tell(encounterId, shownAt) {
  for (const waitMs of TRIES_AFTER_MS) {
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    try {
      const response = await fetch(`/api/v1/encounters/${encounterId}/first-picture`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ shown_ms_ago: Math.round(performance.now() - shownAt) }),
      });
      if (response.status < 500) return;
    } catch {
      // No signal now: the same moment is told later.
    }
  }
}
