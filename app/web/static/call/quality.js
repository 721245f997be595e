/**
 * How good the call is, from the browser's own counters, in words and as good, fair or poor.
 */

const EVERY_MS = 2_000;
/** ITU-T G.114: up to 150 ms one way goes unnoticed, above 400 ms one way is unacceptable. */
const GOOD_ROUND_TRIP_MS = 300;
const POOR_ROUND_TRIP_MS = 800;
const BEHIND_MS = 1_000;
/** Opus with in-band correction hides about this much. */
const GOOD_LOSS = 0.03;
const POOR_LOSS = 0.1;
const GOOD_FPS = 15;
const POOR_FREEZE_SHARE = 0.1;

/**
 * @typedef {"good" | "fair" | "poor" | "unknown"} Grade
 *
 * @typedef {object} Counters as they stand, since the connections began
 * @property {number} atMs
 * @property {number | null} roundTripMs to the service and back
 * @property {number | null} sendingLoss share lost of what we send, 0 to 1, as last reported
 * @property {number} bytesReceived
 * @property {number} bytesSent
 * @property {number} packetsReceived
 * @property {number} packetsLost
 * @property {number} framesDecoded
 * @property {number} freezes
 * @property {number} freezeSeconds
 * @property {number} bufferSeconds all frames' time in the jitter buffer, summed
 * @property {number} framesShown
 * @property {number} width of the largest picture, in pixels
 * @property {number} height
 *
 * @typedef {object} Reading of the last few seconds
 * @property {number | null} roundTripMs
 * @property {number | null} pictureBehindMs half the way plus the jitter buffer
 * @property {number} loss share lost of what we receive, 0 to 1
 * @property {number | null} sendingLoss
 * @property {number} kilobitsPerSecond received
 * @property {number} kilobitsPerSecondSent
 * @property {number} fps
 * @property {number} width
 * @property {number} height
 * @property {number} freezes begun or ended in this time
 * @property {number} freezeShare of the time, 0 to 1
 * @property {boolean} receives whether anything came at all
 *
 * @typedef {{ grade: Grade, words: string, reading: Reading | null }} Quality
 * @typedef {{ publishing: RTCPeerConnection | null, receiving: RTCPeerConnection | null }} Pair
 * @typedef {Record<string, unknown> & { type: string }} Stat
 */

/** Event `quality` (detail Quality), every 2 s. */
export class QualityWatch extends EventTarget {
  #timer = 0;
  /** @type {Counters | null} */
  #before = null;
  /** @type {() => Pair} */
  #connections;

  /** @param {() => Pair} connections `() => consultation.connections` */
  constructor(connections) {
    super();
    this.#connections = connections;
  }

  start() {
    this.stop();
    this.#timer = setInterval(() => void this.#measure(), EVERY_MS);
  }

  stop() {
    clearInterval(this.#timer);
    this.#before = null;
  }

  async #measure() {
    const now = await countersNow(this.#connections());
    const before = this.#before;
    this.#before = now;
    if (!before) return;
    const detail = qualityOf(readingBetween(before, now));
    this.dispatchEvent(new CustomEvent("quality", { detail }));
  }
}

/**
 * @param {Pair} pair
 * @returns {Promise<Counters>}
 */
export async function countersNow({ publishing, receiving }) {
  const [sent, received] = await Promise.all([statsOf(publishing), statsOf(receiving)]);
  return countersOf(sent, received, performance.now());
}

/**
 * @param {Stat[]} sent statistics of the publishing connection (webrtc-stats identifiers)
 * @param {Stat[]} received of the receiving connection
 * @param {number} atMs
 * @returns {Counters}
 */
export function countersOf(sent, received, atMs) {
  const inbound = received.filter((stat) => stat.type === "inbound-rtp");
  const video = inbound.filter((stat) => stat["kind"] === "video");
  const outbound = sent.filter((stat) => stat.type === "outbound-rtp");
  const reports = sent.filter((stat) => stat.type === "remote-inbound-rtp");
  const losses = reports.flatMap((stat) => numbers(stat["fractionLost"]));
  const largest = video.reduce((most, stat) => Math.max(most, number(stat["frameHeight"])), 0);
  const widest = video.find((stat) => number(stat["frameHeight"]) === largest);
  return {
    atMs,
    roundTripMs: roundTripOf([...received, ...sent]),
    sendingLoss: losses.length > 0 ? Math.max(...losses) : null,
    bytesReceived: sum(inbound, "bytesReceived"),
    bytesSent: sum(outbound, "bytesSent"),
    packetsReceived: sum(inbound, "packetsReceived"),
    packetsLost: sum(inbound, "packetsLost"),
    framesDecoded: sum(video, "framesDecoded"),
    freezes: sum(video, "freezeCount"),
    freezeSeconds: sum(video, "totalFreezesDuration"),
    bufferSeconds: sum(video, "jitterBufferDelay"),
    framesShown: sum(video, "jitterBufferEmittedCount"),
    width: number(widest?.["frameWidth"]),
    height: largest,
  };
}

/**
 * @param {Counters} before
 * @param {Counters} now a new connection counts from nothing; differences below zero are nothing
 * @returns {Reading}
 */
export function readingBetween(before, now) {
  const since = (/** @type {keyof Counters} */ name) =>
    Math.max(0, number(now[name]) - number(before[name]));
  const seconds = Math.max(0.001, since("atMs") / 1000);
  const [received, lost] = [since("packetsReceived"), since("packetsLost")];
  const shown = since("framesShown");
  const bufferMs = shown > 0 ? (since("bufferSeconds") / shown) * 1000 : null;
  return {
    roundTripMs: now.roundTripMs,
    pictureBehindMs: bufferMs === null ? null : Math.round(bufferMs + (now.roundTripMs ?? 0) / 2),
    loss: received + lost > 0 ? lost / (received + lost) : 0,
    sendingLoss: now.sendingLoss,
    kilobitsPerSecond: kilobits(since("bytesReceived"), seconds),
    kilobitsPerSecondSent: kilobits(since("bytesSent"), seconds),
    fps: Math.round(since("framesDecoded") / seconds),
    width: now.width,
    height: now.height,
    freezes: since("freezes"),
    freezeShare: Math.min(1, since("freezeSeconds") / seconds),
    receives: received > 0,
  };
}

/**
 * The worst thing decides, and only that is said.
 *
 * @param {Reading} reading
 * @returns {Quality}
 */
export function qualityOf(reading) {
  const [grade, words] = verdictOf(reading);
  return { grade, words, reading };
}

/** @param {Reading} reading @returns {[Grade, string]} */
function verdictOf(reading) {
  const { roundTripMs, pictureBehindMs, loss, freezeShare, freezes, fps, receives } = reading;
  const sendingLoss = reading.sendingLoss ?? 0;
  if (!receives && roundTripMs === null) return ["unknown", "Measuring the line…"];
  if (freezeShare > POOR_FREEZE_SHARE) return ["poor", "Picture is stopping and starting."];
  if ((pictureBehindMs ?? 0) > BEHIND_MS) return ["poor", behind(pictureBehindMs ?? 0)];
  if (loss > POOR_LOSS) return ["poor", "Sound and picture are breaking up."];
  if (sendingLoss > POOR_LOSS) return ["poor", "The others see and hear you badly."];
  if ((roundTripMs ?? 0) > POOR_ROUND_TRIP_MS) return ["poor", `${delay(roundTripMs)} Long.`];
  if (freezes > 0) return ["fair", "Picture stopped for a moment."];
  if (loss > GOOD_LOSS) return ["fair", "Sound or picture may break up now and then."];
  if (sendingLoss > GOOD_LOSS) return ["fair", "The others may see or hear you badly."];
  if ((roundTripMs ?? 0) > GOOD_ROUND_TRIP_MS) {
    return ["fair", `${delay(roundTripMs)} Leave pauses when you speak.`];
  }
  if (fps > 0 && fps < GOOD_FPS) return ["fair", "Picture is jerky."];
  return ["good", `${delay(roundTripMs)} Good.`.trim()];
}

/** @param {number | null} milliseconds */
function delay(milliseconds) {
  return milliseconds === null ? "" : `2-way delay ${Math.round(milliseconds)} ms.`;
}

/** @param {number} milliseconds */
function behind(milliseconds) {
  return `Picture is ${(milliseconds / 1000).toFixed(1)} s behind: do not rely on movement.`;
}

/** @param {RTCPeerConnection | null} pc @returns {Promise<Stat[]>} none for a closed one */
export async function statsOf(pc) {
  if (!pc || pc.connectionState === "closed") return [];
  /** @type {Stat[]} */
  const found = [];
  (await pc.getStats()).forEach((stat) => found.push(stat));
  return found;
}

/** @param {Stat[]} stats @returns {number | null} of the pair in use */
function roundTripOf(stats) {
  const pairs = stats.filter((stat) => stat.type === "candidate-pair" && stat["nominated"]);
  const trips = pairs.flatMap((stat) => numbers(stat["currentRoundTripTime"]));
  return trips.length > 0 ? Math.round(Math.max(...trips) * 1000) : null;
}

/** @param {Stat[]} stats @param {string} name */
function sum(stats, name) {
  return stats.reduce((total, stat) => total + number(stat[name]), 0);
}

/** @param {number} bytes @param {number} seconds */
function kilobits(bytes, seconds) {
  return Math.round((bytes * 8) / 1000 / seconds);
}

/** @param {unknown} value */
function number(value) {
  return typeof value === "number" ? value : 0;
}

/** @param {unknown} value @returns {number[]} */
function numbers(value) {
  return typeof value === "number" ? [value] : [];
}
