/** A recording's films share one time line: what is done to one is done to all. */

/** Less than this apart is together: nobody sees it, and every correction is a hitch. */
const TOGETHER_SECONDS = 0.3;

const films = /** @type {HTMLVideoElement[]} */ ([...document.querySelectorAll("[data-films] video")]);

for (const film of films) {
  for (const event of ["play", "pause", "seeked", "ratechange"]) {
    film.addEventListener(event, () => follow(film));
  }
  film.addEventListener("error", () => {
    const words = film.parentElement?.querySelector("[data-film-error]");
    if (words instanceof HTMLElement) words.hidden = false;
  });
}

/** @param {HTMLVideoElement} leader */
function follow(leader) {
  if (leader.ended) return;
  for (const film of films) {
    if (film === leader || film.error) continue;
    if (film.playbackRate !== leader.playbackRate) film.playbackRate = leader.playbackRate;
    const isOver = leader.currentTime >= film.duration;
    if (!isOver && Math.abs(film.currentTime - leader.currentTime) > TOGETHER_SECONDS) {
      film.currentTime = leader.currentTime;
    }
    if (leader.paused || isOver) film.pause();
    else if (film.paused) void film.play().catch(() => undefined);
  }
}
