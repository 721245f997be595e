/**
 * What this person sends: one microphone and one camera line, made before any device is open,
 * so that the connection is up while the browser still asks for permission; lines for a screen and
 * its sound when one is first shown.
 */

import { MediaConnection } from "./connection.js";
import { begin, encodingOf } from "./ladder.js";
import { AT_FIRST, bpsOf } from "./layers.js";
import { parametersOf, shaped, single } from "./shaping.js";

/**
 * @typedef {import("./messages.js").Source} Source
 * @typedef {import("./messages.js").ClientMessage} ClientMessage
 * @typedef {import("./messages.js").Offer} Offer
 * @typedef {import("./ladder.js").Encoding} Encoding
 *
 * @typedef {object} Line
 * @property {MediaStreamTrack | null} track
 * @property {boolean} muted
 * @property {boolean | null} told what the room was last told; null when it may not have heard
 * @property {Map<RTCPeerConnection, RTCRtpTransceiver>} transceivers of each connection there is
 *
 * @typedef {"VP9" | "AV1"} BetterCodec what not every browser decodes
 *
 * @typedef {object} How it is sent, all of it off unless said
 * @property {boolean} [layers] offer the camera in layers (docs/decisions/0026)
 * @property {BetterCodec | null} [codec] the camera's, while all who watch decode it (docs/decisions/0033)
 * @property {boolean} [repeats] send the sound twice (docs/decisions/0033)
 */

/** @type {Source[]} */
const SOURCES = ["microphone", "camera", "screen", "screen-audio"];

export class Publisher extends MediaConnection {
  /** In the order of the lines. @type {Map<Source, Line>} */
  #lines = new Map();
  #held = false;
  /** @type {Encoding} */
  #encoding = encodingOf(begin(0));
  /** Which layers of the camera's picture anybody is to have. @type {readonly string[]} */
  #needed = AT_FIRST;
  /** Whether layers are offered. */
  #offersLayers;
  /** Whether the other side takes them; if not, the first line carries all there is. */
  #layered = false;
  #announced = false;
  /** @type {BetterCodec | null} */
  #preferred;
  #repeats;
  /** In what the camera's picture may be sent; empty while nobody tells us. @type {readonly string[]} */
  #taken = [];
  /** @type {(message: ClientMessage) => boolean} */
  #send;

  /**
   * @param {How & { send: (message: ClientMessage) => boolean, configuration?: RTCConfiguration }} options
   */
  constructor({ send, configuration, layers = false, codec = null, repeats = false }) {
    super({ kind: "publish", send, configuration });
    this.#offersLayers = layers;
    this.#preferred = codec;
    this.#repeats = repeats;
    this.#send = send;
    for (const source of SOURCES) {
      this.#lines.set(source, { track: null, muted: true, told: null, transceivers: new Map() });
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
   * Puts a track on its line (or takes it off): a microphone's and a camera's without a new offer;
   * a screen comes and goes with one, for who shows none has no screen to be seen.
   *
   * @param {Source} source
   * @param {MediaStreamTrack | null} track
   * @param {boolean} muted
   */
  set(source, track, muted) {
    const line = this.#lines.get(source);
    if (!line) return;
    const wasOffered = isOffered(source, line);
    line.track = track;
    line.muted = muted;
    if (isOffered(source, line) !== wasOffered) this.#offerAnew(source, line);
    this.#apply(source);
    this.#tell(source, line);
  }

  /** @param {Source} source @param {Line} line */
  #offerAnew(source, line) {
    for (const pc of this.#lines.get("camera")?.transceivers.keys() ?? []) {
      if (line.track && !line.transceivers.has(pc)) this.#layOut(pc, source, line);
    }
    void this.renegotiate();
  }

  /** What the layers that anybody is to have take at most; null where there are none. */
  get wantedBps() {
    return this.#layered ? bpsOf(this.#needed) : null;
  }

  /** Whether each line is in the newest connection's offer: a screen may have come after it. */
  get #isWhole() {
    const { newest } = this;
    return [...this.#lines].every(([source, line]) => {
      const transceiver = newest && line.transceivers.get(newest);
      return !isOffered(source, line) || !transceiver || transceiver.mid !== null;
    });
  }

  /** How large a picture and how rich a sound. @param {Encoding} encoding */
  shape(encoding) {
    this.#encoding = encoding;
    this.#reshape();
  }

  /**
   * The room says which layers of a picture are to be sent.
   *
   * @param {Source} source
   * @param {readonly string[]} layers
   */
  need(source, layers) {
    if (source !== "camera" || layers.length === 0) return;
    this.#needed = layers;
    this.#reshape();
  }

  /**
   * The room says which codecs all who watch decode.
   *
   * @param {Source} source
   * @param {readonly import("./messages.js").PictureCodec[]} codecs
   */
  take(source, codecs) {
    if (source !== "camera") return;
    this.#taken = codecs;
    this.#reshape();
  }

  /** @override @param {number} offerId @param {string} sdp */
  async answered(offerId, sdp) {
    this.#layered = /^a=simulcast:recv/m.test(sdp);
    await super.answered(offerId, sdp);
    // An answer switches the layers on and off as they were when its offer was made.
    this.#reshape();
    if (!this.#isWhole) void this.renegotiate();
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
    // Somebody may come whom we do not hear of: from now on what everybody decodes.
    if (this.#preferred) this.take("camera", []);
  }

  /** @override */
  lost() {
    this.#announced = false;
    super.lost();
  }

  /** @override @param {RTCPeerConnection} pc */
  lines(pc) {
    this.#layered = this.#offersLayers;
    for (const [source, line] of this.#lines) if (isOffered(source, line)) this.#layOut(pc, source, line);
  }

  /** @param {RTCPeerConnection} pc @param {Source} source @param {Line} line */
  #layOut(pc, source, line) {
    const kind = source === "camera" || source === "screen" ? "video" : "audio";
    const sendEncodings = this.#parameters(source, line);
    const transceiver = pc.addTransceiver(kind, { direction: "sendonly", sendEncodings });
    if (source === "camera" && this.#preferred) offerFirst(transceiver, `video/${this.#preferred}`);
    if (source === "microphone" && this.#repeats) offerFirst(transceiver, "audio/red");
    line.transceivers.set(pc, transceiver);
    this.#apply(source);
  }

  /** @override @param {RTCPeerConnection} pc */
  forget(pc) {
    for (const line of this.#lines.values()) line.transceivers.delete(pc);
  }

  /** @override @param {Offer} offer @param {RTCPeerConnection} pc @returns {ClientMessage} */
  announcement(offer, pc) {
    this.#announced = true;
    const tracks = [...this.#lines].flatMap(([source, line]) => {
      const mid = line.transceivers.get(pc)?.mid;
      if (!mid || !isOffered(source, line)) return [];
      line.told = line.muted;
      return [{ mid, source, muted: line.muted }];
    });
    return { type: "publish", tracks, offer };
  }

  /** @param {Source} source @param {Line} line */
  #tell(source, line) {
    if (!this.#announced || !isOffered(source, line) || line.told === line.muted) return;
    if (this.#send({ type: "mute", source, muted: line.muted })) line.told = line.muted;
  }

  /** @param {Source} source @param {Line} line @returns {RTCRtpEncodingParameters[]} */
  #parameters(source, line) {
    const layers = parametersOf(source, line.track, this.#encoding, this.#needed);
    return this.#layered ? layers : [single(layers)];
  }

  #reshape() {
    for (const [source, line] of this.#lines) {
      for (const { sender } of line.transceivers.values()) {
        void shaped(sender, this.#parameters(source, line), this.#codec(source));
      }
    }
  }

  /** What is sent; empty for the answer's first, which a browser that was once told another does
   * not go back to by itself. @param {Source} source */
  #codec(source) {
    if (source !== "camera" || !this.#preferred) return "";
    return this.#taken.includes(this.#preferred) ? this.#preferred : this.#taken[0] ?? "VP8";
  }

  /** @param {Source} source */
  #apply(source) {
    const line = this.#lines.get(source);
    const track = line && !this.#held ? line.track : null;
    if (!line) return;
    // Of two connections both: what a person switches off stops everywhere.
    for (const { sender } of line.transceivers.values()) {
      // Refused only when the connection has just been closed; its successor gets the track anew.
      sender.replaceTrack(track).catch(() => undefined);
      void shaped(sender, this.#parameters(source, line), this.#codec(source));
    }
  }
}

/** A microphone and a camera always, a screen while it is shown.
 * @param {Source} source @param {Line} line */
function isOffered(source, { track }) {
  return !source.startsWith("screen") || track !== null;
}

/** Asks for it, where the browser knows it. @param {RTCRtpTransceiver} transceiver @param {string} wanted */
function offerFirst(transceiver, wanted) {
  const known = RTCRtpSender.getCapabilities(wanted.split("/")[0] ?? "")?.codecs ?? [];
  const first = known.filter(({ mimeType }) => mimeType === wanted);
  if (first.length === 0) return;
  transceiver.setCodecPreferences([...first, ...known.filter((each) => !first.includes(each))]);
}
