/** This person's own screen, a window or a tab, as far as the browser lets a page show it. */

/** Text has to be legible, and hardly moves. */
const FRAMES_A_SECOND = 15;

/**
 * @typedef {DisplayMediaStreamOptions & { selfBrowserSurface: "exclude", systemAudio: "exclude" }} Wanted
 *   with what W3C Screen Capture has added since
 */

/** The call's own tab would show itself for ever, and the machine's sound has the others in it.
 * @type {Wanted} */
const WANTED = {
  video: { frameRate: FRAMES_A_SECOND },
  audio: true,
  selfBrowserSurface: "exclude",
  systemAudio: "exclude",
};

/** @returns {boolean} whether this browser can: telephones cannot */
export function canShareScreen() {
  return typeof navigator.mediaDevices?.getDisplayMedia === "function";
}

/** Event `change`: read `picture` and `sound`. */
export class ScreenShare extends EventTarget {
  /** @type {MediaStreamTrack | null} */
  picture = null;
  /** Of a tab, where the person shares it. @type {MediaStreamTrack | null} */
  sound = null;
  #isAsking = false;
  #isClosed = false;

  /**
   * The browser asks the person what to show. From a click.
   *
   * @returns {Promise<boolean>} false when nothing is shown: they said no, or the system did
   */
  async start() {
    if (this.picture) return true;
    if (this.#isAsking || this.#isClosed || !canShareScreen()) return false;
    this.#isAsking = true;
    const stream = await navigator.mediaDevices.getDisplayMedia(WANTED).catch(() => null);
    this.#isAsking = false;
    if (stream) this.#show(stream);
    return this.picture !== null;
  }

  stop() {
    if (!this.picture) return;
    for (const track of [this.picture, this.sound]) track?.stop();
    this.picture = this.sound = null;
    this.dispatchEvent(new Event("change"));
  }

  /** For good. */
  close() {
    this.#isClosed = true;
    this.stop();
  }

  /** @param {MediaStream} stream */
  #show(stream) {
    const [picture = null] = stream.getVideoTracks();
    const [sound = null] = stream.getAudioTracks();
    if (this.#isClosed || !picture) {
      for (const track of stream.getTracks()) track.stop();
      return;
    }
    picture.contentHint = "detail";
    // The browser has a button of its own to stop it, and a window can be closed.
    picture.addEventListener("ended", () => this.stop());
    this.picture = picture;
    this.sound = sound;
    this.dispatchEvent(new Event("change"));
  }
}
