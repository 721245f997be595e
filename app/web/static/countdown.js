/** A countdown that is seen: a circle that empties around the seconds left. */

import { serverNow } from "./clock.js";

/**
 * Draws the time left on `<svg data-countdown-from="…" data-countdown-until="…">` (RFC 3339):
 * its `.app-countdown__ring` circle (pathLength 1) empties, `.app-countdown__seconds` counts.
 */
export class Countdown {
  #frame = 0;
  /** @type {Element} */
  #root;

  /** @param {Element} root */
  constructor(root) {
    this.#root = root;
  }

  start() {
    this.stop();
    const draw = () => {
      for (const svg of this.#root.querySelectorAll("[data-countdown-until]")) drawCountdown(svg);
      this.#frame = requestAnimationFrame(draw);
    };
    draw();
  }

  stop() {
    cancelAnimationFrame(this.#frame);
  }
}

/** @param {Element} svg @returns {number} in milliseconds since 1970 */
export function untilOf(svg) {
  return Date.parse(svg.getAttribute("data-countdown-until") ?? "");
}

/** @param {Element} svg */
function drawCountdown(svg) {
  const from = Date.parse(svg.getAttribute("data-countdown-from") ?? "");
  const until = untilOf(svg);
  const { share, seconds } = timeLeft({ from, until, now: serverNow() });
  svg.querySelector(".app-countdown__ring")?.setAttribute("stroke-dasharray", `${share} 1`);
  const text = svg.querySelector(".app-countdown__seconds");
  if (text && text.textContent !== String(seconds)) text.textContent = String(seconds);
}

/**
 * @param {{ from: number, until: number, now: number }} times in milliseconds
 * @returns {{ share: number, seconds: number }} 1 down to 0, and whole seconds
 */
function timeLeft({ from, until, now }) {
  const left = Math.max(0, until - now);
  const whole = Math.max(1, until - from);
  return { share: Math.min(1, left / whole), seconds: Math.ceil(left / 1000) };
}
