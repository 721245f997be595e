/**
 * A connection test over the real path: a made-up picture and tone go to the node and come back
 * to this page, for about three seconds. Needs no camera and no permission. While somebody waits,
 * their tracks go to nobody but themselves.
 */

import { CallMedia } from "./media.js";
import { lineWaysOf } from "./lineways.js";
import { countersNow, readingBetween, statsOf } from "./quality.js";
import { waysOf } from "./relays.js";
import { EMPTY_ROOM, applied, ownTracks } from "./room.js";
import { SignallingSocket } from "./signalling.js";

const CONNECT_DEADLINE_MS = 10_000;
/** The encoder's rate needs a moment to rise before it says anything of the line. */
const SETTLE_MS = 1_000;
const MEASURE_MS = 3_000;
const PICTURE = { width: 640, height: 360, fps: 20, tile: 40 };
/**
 * Either is enough: a slow phone makes few frames of the 20 a second, which is no fault of the
 * line's, and the made-up picture fills whatever the line carries.
 */
const VIDEO_MIN_FPS = 10;
const VIDEO_MIN_KILOBITS_PER_SECOND = 250;
const VIDEO_MAX_LOSS = 0.08;
const VIDEO_MAX_ROUND_TRIP_MS = 800;

/**
 * @typedef {import("./quality.js").Reading} Reading
 * @typedef {import("./messages.js").ServerMessage} ServerMessage
 * @typedef {import("./messages.js").ClientMessage} ClientMessage
 * @typedef {import("./socket.js").Token} Token
 *
 * @typedef {"video" | "sound" | "blocked" | "no-line" | "in-call"} Verdict
 *
 * @typedef {object} LineCheck
 * @property {Verdict} verdict
 * @property {string} words
 * @property {Reading | null} reading null when nothing came through
 * @property {import("./lineways.js").LineWays | null} ways that were tried; null where none was
 */

/** @type {Record<Verdict, string>} */
const WORDS = {
  video: "Good for video",
  sound: "Sound only will work best",
  blocked: "This network blocks calls: try mobile data",
  "in-call": "You are in the call already: join it again",
  "no-line": "We cannot reach the service: check that you are online",
};

/**
 * @param {object} options
 * @param {string} options.url of the consultation's socket
 * @param {() => Promise<Token>} options.token
 * @param {RTCConfiguration} [options.configuration]
 * @param {number} [options.deadlineMs] to connect
 * @returns {Promise<LineCheck>} never throws
 */
export async function checkLine({ url, token, configuration, deadlineMs = CONNECT_DEADLINE_MS }) {
  const test = new TestCall(url, token, configuration);
  try {
    return await test.run(deadlineMs);
  } finally {
    test.close();
  }
}

/**
 * @param {Reading} reading
 * @returns {LineCheck}
 */
export function lineCheckOf(reading) {
  const carriesVideo =
    reading.fps >= VIDEO_MIN_FPS || reading.kilobitsPerSecond >= VIDEO_MIN_KILOBITS_PER_SECOND;
  const isGood =
    carriesVideo &&
    reading.loss <= VIDEO_MAX_LOSS &&
    (reading.roundTripMs ?? 0) <= VIDEO_MAX_ROUND_TRIP_MS;
  if (isGood) return outcome("video", reading);
  return outcome(reading.receives ? "sound" : "blocked", reading);
}

/** @param {Verdict} verdict @param {Reading | null} reading @returns {LineCheck} */
function outcome(verdict, reading = null) {
  return { verdict, words: WORDS[verdict], reading, ways: null };
}

class TestCall {
  #room = EMPTY_ROOM;
  #picture = new TestPicture();
  #tone = new TestTone();
  #hasRelays = false;
  /** @type {SignallingSocket} */
  #socket;
  /** @type {CallMedia} */
  #media;

  /**
   * @param {string} url
   * @param {() => Promise<Token>} token
   * @param {RTCConfiguration | undefined} configuration
   */
  constructor(url, token, configuration) {
    this.#socket = new SignallingSocket({ url, token });
    const send = (/** @type {ClientMessage} */ message) => this.#socket.send({ ...message });
    this.#media = new CallMedia(send, configuration ? { configuration } : {});
    this.#media.publish("camera", this.#picture.track, false);
    this.#media.publish("microphone", this.#tone.track, false);
    this.#socket.addEventListener("token", (event) => {
      const ways = waysOf(/** @type {CustomEvent<Token>} */ (event).detail);
      this.#hasRelays = (ways.iceServers ?? configuration?.iceServers ?? []).length > 0;
      this.#media.configure(ways);
    });
    this.#socket.addEventListener("message", (event) => {
      this.#received(/** @type {CustomEvent<ServerMessage>} */ (event).detail);
    });
  }

  /** @param {number} deadlineMs @returns {Promise<LineCheck>} */
  async run(deadlineMs) {
    this.#socket.open();
    this.#media.start();
    const check = await this.#measured(deadlineMs);
    if (check.verdict === "in-call" || check.verdict === "no-line") return check;
    const { publishing } = this.#media.connections;
    return { ...check, ways: lineWaysOf(await statsOf(publishing), this.#hasRelays) };
  }

  /** @param {number} deadlineMs */
  async #measured(deadlineMs) {
    const isConnected = await within(deadlineMs, () => this.#media.isConnected || this.#isInCall);
    if (this.#isInCall) return outcome("in-call");
    if (!isConnected) {
      return outcome(this.#room.me ? "blocked" : "no-line");
    }
    await pause(SETTLE_MS);
    const before = await countersNow(this.#media.connections);
    await pause(MEASURE_MS);
    return lineCheckOf(readingBetween(before, await countersNow(this.#media.connections)));
  }

  /** Whoever has joined already would show the others the test picture. */
  get #isInCall() {
    return this.#room.participants.has(this.#room.me);
  }

  close() {
    this.#media.close();
    this.#picture.close();
    this.#tone.close();
    this.#socket.close();
  }

  /** @param {ServerMessage} message */
  #received(message) {
    this.#room = applied(this.#room, message);
    if (this.#isInCall) return;
    this.#media.want(ownTracks(this.#room));
    if (message.type === "welcome") this.#media.signallingLive();
    else this.#media.received(message);
  }
}

/** Moving tiles: enough change to need a real call's bit rate, cheap enough for an old phone. */
class TestPicture {
  #timer = 0;
  /** @type {MediaStreamTrack | null} */
  track;

  constructor() {
    const canvas = document.createElement("canvas");
    canvas.width = PICTURE.width;
    canvas.height = PICTURE.height;
    const context = canvas.getContext("2d");
    this.track = canvas.captureStream(PICTURE.fps).getVideoTracks()[0] ?? null;
    this.#timer = setInterval(() => context && paint(context), 1000 / PICTURE.fps);
  }

  close() {
    clearInterval(this.#timer);
    this.track?.stop();
  }
}

class TestTone {
  #context = new AudioContext();
  /** @type {MediaStreamTrack | null} */
  track;

  constructor() {
    const destination = this.#context.createMediaStreamDestination();
    const oscillator = new OscillatorNode(this.#context, { frequency: 440 });
    oscillator.connect(destination);
    oscillator.start();
    this.track = destination.stream.getAudioTracks()[0] ?? null;
  }

  close() {
    this.track?.stop();
    void this.#context.close();
  }
}

/** @param {CanvasRenderingContext2D} context */
function paint(context) {
  for (let x = 0; x < PICTURE.width; x += PICTURE.tile) {
    for (let y = 0; y < PICTURE.height; y += PICTURE.tile) {
      context.fillStyle = `hsl(${Math.floor(Math.random() * 360)} 80% 50%)`;
      context.fillRect(x, y, PICTURE.tile, PICTURE.tile);
    }
  }
}

/** @param {number} milliseconds @param {() => boolean} condition */
async function within(milliseconds, condition) {
  const deadline = performance.now() + milliseconds;
  while (!condition()) {
    if (performance.now() > deadline) return false;
    await pause(50);
  }
  return true;
}

/** @param {number} milliseconds */
function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
