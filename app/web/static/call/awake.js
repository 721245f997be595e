/** Keeps the screen on through a call: a phone that locks itself takes its camera away. */

export class ScreenLock {
  /** @type {WakeLockSentinel | null} */
  #sentinel = null;
  #wanted = false;

  constructor() {
    // The browser lets go whenever the page is hidden.
    document.addEventListener("visibilitychange", () => void this.#take());
  }

  keep() {
    this.#wanted = true;
    void this.#take();
  }

  release() {
    this.#wanted = false;
    void this.#sentinel?.release();
    this.#sentinel = null;
  }

  async #take() {
    if (!this.#wanted || document.hidden || !navigator.wakeLock) return;
    // Refused on an empty battery: the call goes on without.
    this.#sentinel = await navigator.wakeLock.request("screen").catch(() => null);
    if (!this.#wanted) this.release();
  }
}
