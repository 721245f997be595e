/**
 * Films while there is no line: short pieces, each a file of its own, of which only the last few
 * are kept, so that memory and what has to be sent later stay small. Never in a camera roll.
 */

const PIECE_MS = 10_000;
const PIECES = 2;
/** A file of 10 s is 220 kB at most: some 12 s on the thinnest line. */
const VIDEO_BPS = 160_000;
const AUDIO_BPS = 16_000;
const SHORTEST_MS = 1_000;
const TYPES = ["video/webm;codecs=vp8,opus", "video/webm", "video/mp4"];

/**
 * @typedef {object} Clip
 * @property {string} id
 * @property {Blob} blob
 * @property {number} beganAt milliseconds since 1970, by this device's clock
 */

/** @returns {boolean} whether this browser can film at all */
export function canFilm() {
  return typeof MediaRecorder !== "undefined" && TYPES.some((type) => MediaRecorder.isTypeSupported(type));
}

export class ClipRecorder {
  /** @type {MediaStreamTrack[]} */
  #tracks = [];
  /** @type {MediaRecorder | null} */
  #recorder = null;
  /** @type {Clip[]} */
  #clips = [];
  #timer = 0;
  /** @type {Promise<void>} */
  #written = Promise.resolve();

  /** @param {MediaStreamTrack[]} tracks camera and microphone, as they are open */
  start(tracks) {
    if (this.#recorder || !canFilm() || tracks.length === 0) return;
    this.#tracks = tracks;
    this.#clips = [];
    this.#piece();
  }

  /** @returns {Promise<Clip[]>} the last pieces, oldest first */
  async stop() {
    clearTimeout(this.#timer);
    this.#recorder?.stop();
    this.#recorder = null;
    await this.#written;
    const clips = this.#clips;
    this.#clips = [];
    return clips;
  }

  #piece() {
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type)) ?? "";
    const options = { mimeType, videoBitsPerSecond: VIDEO_BPS, audioBitsPerSecond: AUDIO_BPS };
    const recorder = new MediaRecorder(new MediaStream(this.#tracks), options);
    const [beganAt, id] = [Date.now(), crypto.randomUUID()];
    /** @type {Blob[]} */
    const parts = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    this.#written = new Promise((resolve) => {
      recorder.onstop = () => {
        const blob = new Blob(parts, { type: mimeType.split(";")[0] ?? "" });
        if (Date.now() - beganAt >= SHORTEST_MS && blob.size > 0) this.#add({ id, blob, beganAt });
        resolve();
      };
    });
    recorder.start();
    this.#recorder = recorder;
    this.#timer = setTimeout(() => {
      recorder.stop();
      this.#piece();
    }, PIECE_MS);
  }

  /** @param {Clip} clip */
  #add(clip) {
    this.#clips = [...this.#clips, clip].slice(-PIECES);
  }
}
