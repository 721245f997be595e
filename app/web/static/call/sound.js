/**
 * Sound made and measured on the page itself: the microphone meter, the speaker test, the ring.
 */

/** Below this the room is quiet, in dB under full scale; a voice at arm's length is above. */
const FLOOR_DB = -60;
const METER_EVERY_MS = 60;

/** One for the page: browsers allow only a few. @type {AudioContext | null} */
let shared = null;

/**
 * @returns {AudioContext} suspended until the person has touched the page; `resume` it then
 */
export function audioContext() {
  shared ??= new AudioContext();
  return shared;
}

/**
 * @param {Float32Array} samples between -1 and 1
 * @returns {number} 0 for silence to 1 for full scale, on a decibel scale as ears hear it
 */
export function levelOf(samples) {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  const decibels = power > 0 ? 10 * Math.log10(power) : -Infinity;
  return Math.min(1, Math.max(0, 1 - decibels / FLOOR_DB));
}

/** Event `level` (detail `{ level }`, 0 to 1), about 16 times a second. */
export class LevelMeter extends EventTarget {
  #timer = 0;
  /** @type {MediaStreamAudioSourceNode | null} */
  #source = null;

  /** @param {MediaStreamTrack} track */
  start(track) {
    this.stop();
    const context = audioContext();
    // A suspended context measures nothing; it may start because the page captures sound.
    context.resume().catch(() => undefined);
    const analyser = new AnalyserNode(context, { fftSize: 1024 });
    this.#source = context.createMediaStreamSource(new MediaStream([track]));
    this.#source.connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.#timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      this.dispatchEvent(new CustomEvent("level", { detail: { level: levelOf(samples) } }));
    }, METER_EVERY_MS);
  }

  stop() {
    clearInterval(this.#timer);
    this.#source?.disconnect();
    this.#source = null;
  }
}

/**
 * Two gentle notes, on the chosen speaker where the browser lets a page choose.
 *
 * @param {string} [speakerId]
 * @returns {Promise<void>} when it has been played
 */
export async function playTestTone(speakerId = "") {
  const context = audioContext();
  await context.resume();
  const destination = context.createMediaStreamDestination();
  const element = new Audio();
  element.srcObject = destination.stream;
  if (speakerId && "setSinkId" in element) await element.setSinkId(speakerId).catch(() => undefined);
  await element.play();
  const notes = [523.25, 659.25].map((hertz, index) =>
    playNote({ context, destination, hertz, startSeconds: index * 0.45, lengthSeconds: 0.6 }),
  );
  await Promise.all(notes);
  element.pause();
  element.srcObject = null;
}

/**
 * @param {object} note
 * @param {AudioContext} note.context
 * @param {AudioNode} note.destination
 * @param {number} note.hertz
 * @param {number} note.startSeconds from now
 * @param {number} note.lengthSeconds
 * @param {number} [note.gain]
 * @returns {Promise<void>} when it has faded
 */
export function playNote({ context, destination, hertz, startSeconds, lengthSeconds, gain = 0.3 }) {
  const start = context.currentTime + startSeconds;
  const oscillator = new OscillatorNode(context, { frequency: hertz });
  const volume = new GainNode(context, { gain: 0 });
  volume.gain.setValueAtTime(0, start);
  volume.gain.linearRampToValueAtTime(gain, start + 0.03);
  volume.gain.exponentialRampToValueAtTime(0.001, start + lengthSeconds);
  oscillator.connect(volume).connect(destination);
  oscillator.start(start);
  oscillator.stop(start + lengthSeconds);
  return new Promise((resolve) => {
    oscillator.onended = () => {
      volume.disconnect();
      resolve();
    };
  });
}
