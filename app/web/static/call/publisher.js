/**
 * What this person sends: one microphone and one camera line, made before any device is open,
 * so that the connection is up while the browser still asks for permission.
 */

import { MediaConnection } from "./connection.js";

/** 720p30 in VP8 looks good at this rate; more only costs mobile data. */
const CAMERA_MAX_BPS = 2_500_000;
const MICROPHONE_MAX_BPS = 64_000;

/**
 * @typedef {import("./messages.js").Source} Source
 * @typedef {import("./messages.js").ClientMessage} ClientMessage
 * @typedef {import("./messages.js").Offer} Offer
 *
 * @typedef {object} Line
 * @property {MediaStreamTrack | null} track
 * @property {boolean} muted
 * @property {boolean | null} told what the room was last told; null when it may not have heard
 * @property {RTCRtpTransceiver | null} transceiver
 */

export class Publisher extends MediaConnection {
  /** @type {Map<Source, Line>} */
  #lines = new Map();
  #held = false;
  #announced = false;
  /** @type {(message: ClientMessage) => boolean} */
  #send;

  /**
   * @param {object} options
   * @param {(message: ClientMessage) => boolean} options.send
   * @param {RTCConfiguration} [options.configuration]
   */
  constructor({ send, configuration }) {
    super({ kind: "publish", send, configuration });
    this.#send = send;
    for (const source of /** @type {Source[]} */ (["microphone", "camera"])) {
      this.#lines.set(source, { track: null, muted: true, told: null, transceiver: null });
    }
  }

  /**
   * Held, the connection is up but nothing is sent: in a waiting room nobody may see the picture,
   * and minutes of video would cost the patient's mobile data.
   *
   * @param {boolean} held
   */
  hold(held) {
    if (this.#held === held) return;
    this.#held = held;
    for (const source of this.#lines.keys()) this.#apply(source);
  }

  /**
   * Puts a track on its line (or takes it off) without a new offer.
   *
   * @param {Source} source
   * @param {MediaStreamTrack | null} track
   * @param {boolean} muted
   */
  set(source, track, muted) {
    const line = this.#lines.get(source);
    if (!line) return;
    line.track = track;
    line.muted = muted;
    this.#apply(source);
    this.#tell(source, line);
  }

  /** @override */
  signallingLive() {
    super.signallingLive();
    for (const [source, line] of this.#lines) this.#tell(source, line);
  }

  /** @override */
  signallingLost() {
    super.signallingLost();
    for (const line of this.#lines.values()) line.told = null;
  }

  /** @override */
  lost() {
    this.#announced = false;
    super.lost();
  }

  /** @override @param {RTCPeerConnection} pc */
  lines(pc) {
    this.#announced = false;
    for (const [source, line] of this.#lines) {
      const kind = source === "microphone" ? "audio" : "video";
      const maxBitrate = kind === "audio" ? MICROPHONE_MAX_BPS : CAMERA_MAX_BPS;
      line.transceiver = pc.addTransceiver(kind, {
        direction: "sendonly",
        sendEncodings: [{ maxBitrate }],
      });
      this.#apply(source);
    }
  }

  /** @override @param {Offer} offer @returns {ClientMessage} */
  announcement(offer) {
    this.#announced = true;
    const tracks = [...this.#lines].flatMap(([source, line]) => {
      const mid = line.transceiver?.mid;
      if (!mid) return [];
      line.told = line.muted;
      return [{ mid, source, muted: line.muted }];
    });
    return { type: "publish", tracks, offer };
  }

  /** @param {Source} source @param {Line} line */
  #tell(source, line) {
    if (!this.#announced || line.told === line.muted) return;
    if (this.#send({ type: "mute", source, muted: line.muted })) line.told = line.muted;
  }

  /** @param {Source} source */
  #apply(source) {
    const line = this.#lines.get(source);
    const track = line && !this.#held ? line.track : null;
    // Refused only when the connection has just been closed; its successor gets the track anew.
    line?.transceiver?.sender.replaceTrack(track).catch(() => undefined);
  }
}
