/**
 * The connection of two browsers: perfect negotiation (W3C WebRTC §10.7) through the room.
 *
 * Who came first lays out the lines, one for each source; the other one, who is polite, takes them
 * as they are offered. Tracks come and go on them without another offer.
 */

import { fingerprintOf } from "./code.js";
import { felt, noPulse, overdueMs } from "./pulse.js";
import { statsOf } from "./quality.js";
import { parametersOf, shaped, single } from "./shaping.js";
import { withStartBitrate } from "./startbitrate.js";

/**
 * @typedef {import("./messages.js").Source} Source
 * @typedef {import("./messages.js").DirectDescription} DirectDescription
 * @typedef {import("./messages.js").DirectCandidate} DirectCandidate
 * @typedef {import("./ladder.js").Encoding} Encoding
 */

/** In the order of the lines. @type {readonly Source[]} */
export const SOURCES = ["microphone", "camera", "screen", "screen-audio"];

/** As the node's: what is less is soon found, what the ladder (ladder.js) allows is not exceeded. */
const MOST_START_BPS = 2_000_000;

/** Events: `connected`, `failed`. */
export class DirectLeg extends EventTarget {
  /** @type {RTCPeerConnection} */
  pc;
  /** What people compare; empty until it comes through. */
  code = "";
  /** What the room was last told of it. @type {"shown" | "left" | "failed" | null} */
  reported = null;
  givesWay = false;
  hasFailed = false;
  isClosed = false;
  #isPolite;
  #makesOffer = false;
  #ignoresOffer = false;
  #takesAnswer = false;
  /** The other side's certificate. */
  #fingerprint = "";
  #pulse = noPulse(performance.now());
  /** @type {Map<Source, MediaStreamTrack | null>} */
  #tracks;
  /** @type {Encoding} */
  #encoding;
  /** @type {(message: DirectDescription | DirectCandidate) => void} */
  #send;

  /**
   * @param {object} options
   * @param {number} options.negotiation
   * @param {string} options.peer the other one's participant id
   * @param {boolean} options.isPolite
   * @param {RTCConfiguration} options.configuration
   * @param {Map<Source, MediaStreamTrack | null>} options.tracks what to send
   * @param {Encoding} options.encoding
   * @param {(message: DirectDescription | DirectCandidate) => void} options.send
   */
  constructor({ negotiation, peer, isPolite, configuration, tracks, encoding, send }) {
    super();
    this.negotiation = negotiation;
    this.peer = peer;
    this.#isPolite = isPolite;
    this.#tracks = new Map(tracks);
    this.#encoding = encoding;
    this.#send = send;
    this.pc = new RTCPeerConnection(configuration);
    this.pc.onnegotiationneeded = () => void this.#offer();
    this.pc.onicecandidate = ({ candidate }) => this.#found(candidate);
    this.pc.onconnectionstatechange = () => this.#changed();
    if (!isPolite) for (const source of SOURCES) this.#layOut(source);
  }

  get isConnected() {
    return this.pc.connectionState === "connected";
  }

  /** @param {Source} source @returns {RTCRtpTransceiver | null} */
  line(source) {
    return this.pc.getTransceivers()[SOURCES.indexOf(source)] ?? null;
  }

  /** @param {Source} source @param {MediaStreamTrack | null} track */
  set(source, track) {
    this.#tracks.set(source, track);
    this.#apply(source);
  }

  /** @param {Encoding} encoding */
  shape(encoding) {
    this.#encoding = encoding;
    for (const source of SOURCES) this.#reshape(source);
  }

  /** The network changed: other candidates may be better. */
  restart() {
    if (this.isConnected) this.pc.restartIce();
  }

  /**
   * @param {"offer" | "answer"} type
   * @param {string} sdp
   */
  async described(type, sdp) {
    if (!this.#isOfThe(sdp)) {
      this.#fail();
      return;
    }
    const { signalingState } = this.pc;
    const isFree = !this.#makesOffer && (signalingState === "stable" || this.#takesAnswer);
    this.#ignoresOffer = !this.#isPolite && type === "offer" && !isFree;
    if (this.#ignoresOffer) return;
    this.#takesAnswer = type === "answer";
    try {
      const bps = Math.min(MOST_START_BPS, this.#encoding.videoBps);
      await this.pc.setRemoteDescription({ type, sdp: withStartBitrate(sdp, bps) });
      this.#takesAnswer = false;
      if (type === "offer") await this.#answer();
      for (const source of SOURCES) this.#reshape(source);
    } catch {
      this.#fail();
    }
  }

  /** @param {string | null} mid @param {string | null} candidate null: there are no more */
  async found(mid, candidate) {
    if (this.isClosed) return;
    const init = candidate === null ? undefined : { candidate, sdpMid: mid ?? "0" };
    // One that fits nothing is of an offer that was ignored, or of a way that is not there.
    await this.pc.addIceCandidate(init).catch(() => undefined);
  }

  /** Like a line of the node's on which something always comes (pulse.js).
   * @returns {Promise<number>} milliseconds by which something is overdue */
  async overdueMs() {
    const stats = await statsOf(this.pc);
    const atMs = performance.now();
    this.#pulse = felt(this.#pulse, stats, atMs);
    return overdueMs(this.#pulse, "subscribe", atMs);
  }

  close() {
    this.isClosed = true;
    this.pc.onconnectionstatechange = null;
    this.pc.close();
  }

  /** @param {Source} source */
  #layOut(source) {
    const kind = source === "camera" || source === "screen" ? "video" : "audio";
    this.pc.addTransceiver(kind, { direction: "sendrecv" });
    this.#apply(source);
  }

  async #offer() {
    // The lines are for the one who lays them out to offer first.
    if (this.#isPolite && !this.pc.remoteDescription) return;
    this.#makesOffer = true;
    try {
      await this.pc.setLocalDescription();
      this.#describe();
    } catch {
      // Closed meanwhile, or in the middle of an offer of theirs: it is needed again then.
    } finally {
      this.#makesOffer = false;
    }
  }

  async #answer() {
    for (const source of SOURCES) {
      const line = this.line(source);
      if (line && line.direction !== "sendrecv") line.direction = "sendrecv";
      this.#apply(source);
    }
    await this.pc.setLocalDescription();
    this.#describe();
  }

  #describe() {
    const description = this.pc.localDescription;
    if (!description || this.isClosed) return;
    const kind = description.type === "offer" ? "offer" : "answer";
    const { negotiation } = this;
    this.#send({ type: "direct_description", negotiation, kind, sdp: description.sdp });
  }

  /** @param {RTCIceCandidate | null} found */
  #found(found) {
    if (this.isClosed) return;
    const { negotiation } = this;
    const [mid, candidate] = found ? [found.sdpMid, found.candidate] : [null, null];
    this.#send({ type: "direct_candidate", negotiation, mid, candidate });
  }

  /** Whether it has one certificate, and the same as before. @param {string} sdp */
  #isOfThe(sdp) {
    const fingerprint = fingerprintOf(sdp);
    this.#fingerprint ||= fingerprint;
    return fingerprint !== "" && fingerprint === this.#fingerprint;
  }

  /** @param {Source} source */
  #apply(source) {
    const sender = this.line(source)?.sender;
    // Refused only by one that has just been closed.
    sender?.replaceTrack(this.#tracks.get(source) ?? null).catch(() => undefined);
    this.#reshape(source);
  }

  /** @param {Source} source */
  #reshape(source) {
    const sender = this.line(source)?.sender;
    const track = this.#tracks.get(source) ?? null;
    const wanted = single(parametersOf(source, track, this.#encoding));
    // An idle line that counted as sending would hide from the ladder that a picture is paused.
    if (sender) void shaped(sender, [track ? { active: true, ...wanted } : { active: false }]);
  }

  #changed() {
    const { connectionState } = this.pc;
    if (connectionState === "connected") {
      this.#pulse = noPulse(performance.now());
      this.dispatchEvent(new Event("connected"));
    }
    if (connectionState === "failed" || connectionState === "closed") this.#fail();
  }

  #fail() {
    if (!this.isClosed) this.dispatchEvent(new Event("failed"));
  }
}
