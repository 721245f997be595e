/**
 * Tells the service when the first picture of somebody else was on the screen: how long people
 * wait to be seen is measured where it is felt. Once for a page; staff only.
 */

import { report } from "../report.js";

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
    void report(`/api/v1/encounters/${encounterId}/first-picture`, (agoMs) => ({ shown_ms_ago: agoMs }));
  };
  for (const name of ["loadeddata", "resize"]) {
    pictures.addEventListener(name, seen, { capture: true, signal: listening.signal });
  }
}
