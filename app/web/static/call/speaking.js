/**
 * Whether somebody speaks whose sound comes directly, as the node tells it of all others
 * (app/signalling/media/speaking.py). The levels stay on this page.
 */

/** In dB below overload: speech close to a microphone is between 15 and 40, a quiet room above 55. */
export const LOUD = 45;
/** A cough or a door is shorter. */
export const BEGIN_MS = 200;
/** People pause between sentences. */
export const END_MS = 1_200;
/** Each look sees one packet of 20 ms; in BEGIN_MS there must be some that are loud. */
const LOOK_EVERY_MS = 50;

/** Debounced both ways. Pure. */
export class SpeakingDetector {
  speaking = false;
  #loudSinceMs = Infinity;
  #loudAtMs = -Infinity;

  /**
   * @param {number} level of a packet, 0 to 1, linear (W3C WebRTC §5.8 audioLevel)
   * @param {number} atMs
   */
  heard(level, atMs) {
    if (-20 * Math.log10(level) > LOUD) return;
    if (atMs - this.#loudAtMs > BEGIN_MS) this.#loudSinceMs = atMs;
    this.#loudAtMs = atMs;
  }

  /** @param {number} atMs @returns {boolean} whether `speaking` is another than before */
  changed(atMs) {
    const before = this.speaking;
    if (atMs - this.#loudAtMs > END_MS) this.speaking = false;
    else if (this.#loudAtMs - this.#loudSinceMs >= BEGIN_MS) this.speaking = true;
    return this.speaking !== before;
  }
}

/** Listens to one receiver at a time. Event `change`: read `speaking` again. */
export class Hearing extends EventTarget {
  #detector = new SpeakingDetector();
  /** @type {RTCRtpReceiver | null} */
  #receiver = null;
  #timer = 0;
  /** Of the newest packet that counted: one that stays the last is not heard again. */
  #newestMs = 0;

  get speaking() {
    return this.#detector.speaking;
  }

  /** @param {RTCRtpReceiver | null} receiver of somebody's microphone; null: nobody's */
  listenTo(receiver) {
    if (receiver === this.#receiver) return;
    clearInterval(this.#timer);
    this.#receiver = receiver;
    this.#detector = new SpeakingDetector();
    this.#newestMs = 0;
    if (receiver) this.#timer = setInterval(() => void this.#look(receiver), LOOK_EVERY_MS);
  }

  /** @param {RTCRtpReceiver} receiver */
  async #look(receiver) {
    const level = await this.#levelOf(receiver);
    if (receiver !== this.#receiver) return;
    const atMs = performance.now();
    this.#detector.heard(level, atMs);
    if (this.#detector.changed(atMs)) this.dispatchEvent(new Event("change"));
  }

  /** @param {RTCRtpReceiver} receiver @returns {Promise<number>} 0 where nothing new has come */
  async #levelOf(receiver) {
    const [source] = receiver.getSynchronizationSources();
    if (!source || source.timestamp <= this.#newestMs) return 0;
    this.#newestMs = source.timestamp;
    return source.audioLevel ?? playedLevel(receiver);
  }
}

/** Where packets do not tell it: of what is played, in which a beep lasts longer. @param {RTCRtpReceiver} receiver */
async function playedLevel(receiver) {
  const stats = [...(await receiver.getStats()).values()];
  return Number(stats.find(({ type }) => type === "inbound-rtp")?.audioLevel) || 0;
}
