/**
 * What this person receives. Spare lines are offered from the start, so that somebody new is
 * seen by re-mapping a line, without another offer.
 */

import { MediaConnection } from "./connection.js";

/** Three others with sound and picture each; more lines are added when they are needed. */
const SPARE_LINES = { audio: 3, video: 3 };

/**
 * @typedef {import("./messages.js").Track} Track
 * @typedef {import("./messages.js").ClientMessage} ClientMessage
 * @typedef {import("./messages.js").Offer} Offer
 *
 * @typedef {object} ReceivingLine
 * @property {"audio" | "video"} kind
 * @property {RTCRtpTransceiver} transceiver
 * @property {string | null} trackId
 */

/** Event `tracks`: ask `mediaTrack` again. */
export class Subscriber extends MediaConnection {
  /** @type {ReceivingLine[]} */
  #lines = [];
  /** Those of the connection before, shown until the new one is up. @type {ReceivingLine[]} */
  #linesBefore = [];
  /** @type {Track[]} */
  #wanted = [];
  #announced = false;
  /** The mapping the room was last told, null when it may not have heard it. @type {string | null} */
  #told = null;
  /** @type {(message: ClientMessage) => boolean} */
  #send;

  /**
   * @param {object} options
   * @param {(message: ClientMessage) => boolean} options.send
   * @param {RTCConfiguration} [options.configuration]
   */
  constructor({ send, configuration }) {
    super({ kind: "subscribe", send, configuration });
    this.#send = send;
    this.addEventListener("state", () => this.#connectedAnew());
  }

  /**
   * Receive exactly these tracks.
   *
   * @param {Track[]} tracks
   */
  want(tracks) {
    this.#wanted = tracks;
    if (!this.pc) return;
    const grown = this.#assign(this.pc);
    this.dispatchEvent(new Event("tracks"));
    if (grown) void this.renegotiate();
    else this.#remap();
  }

  /**
   * @param {string} trackId
   * @returns {MediaStreamTrack | null} what arrives for it
   */
  mediaTrack(trackId) {
    const lines = [...this.#linesBefore, ...this.#lines];
    const line = lines.find((candidate) => candidate.trackId === trackId);
    return line ? line.transceiver.receiver.track : null;
  }

  /** @param {string} trackId @returns {string | null} the m-line it arrives on */
  midOf(trackId) {
    return this.#lines.find((line) => line.trackId === trackId)?.transceiver.mid ?? null;
  }

  /** @override */
  signallingLive() {
    super.signallingLive();
    this.#remap();
  }

  /** @override */
  signallingLost() {
    super.signallingLost();
    this.#told = null;
  }

  /** @override */
  lost() {
    this.#announced = false;
    super.lost();
  }

  /** @override @param {RTCPeerConnection} pc */
  lines(pc) {
    if (this.#linesBefore.length === 0) this.#linesBefore = this.#lines;
    this.#lines = [];
    this.#announced = false;
    for (let i = 0; i < SPARE_LINES.audio; i += 1) this.#add(pc, "audio");
    for (let i = 0; i < SPARE_LINES.video; i += 1) this.#add(pc, "video");
    this.#assign(pc);
  }

  /** @override @param {Offer} offer @returns {ClientMessage} */
  announcement(offer) {
    this.#announced = true;
    this.#told = this.#mapping();
    return { type: "subscribe", tracks: this.#tracks(), offer };
  }

  #connectedAnew() {
    if (this.state !== "connected" || this.#linesBefore.length === 0) return;
    this.#linesBefore = [];
    this.dispatchEvent(new Event("tracks"));
  }

  #remap() {
    const mapping = this.#mapping();
    if (!this.#announced || this.#told === mapping) return;
    if (this.#send({ type: "subscribe", tracks: this.#tracks() })) this.#told = mapping;
  }

  /**
   * Keeps what is mapped, frees what is not wanted, then fills free lines.
   *
   * @param {RTCPeerConnection} pc
   * @returns {boolean} whether lines had to be added
   */
  #assign(pc) {
    const wanted = new Set(this.#wanted.map((track) => track.id));
    for (const line of this.#lines) {
      if (line.trackId && !wanted.has(line.trackId)) line.trackId = null;
    }
    const before = this.#lines.length;
    for (const track of this.#wanted) {
      if (this.#lines.some((line) => line.trackId === track.id)) continue;
      (this.#free(track) ?? this.#add(pc, track.kind)).trackId = track.id;
    }
    return this.#lines.length > before;
  }

  /**
   * A free line, at best the one beside the same person's sound or picture: the node's answer
   * makes one stream of the n-th sound line and the n-th picture line, which keeps lips in step.
   *
   * @param {Track} track
   * @returns {ReceivingLine | undefined}
   */
  #free(track) {
    const same = this.#lines.filter((line) => line.kind === track.kind);
    const beside = this.#lines.filter((line) => line.kind !== track.kind);
    const partner = this.#wanted.find(
      (other) =>
        other.participant_id === track.participant_id &&
        other.kind !== track.kind &&
        other.source.startsWith("screen") === track.source.startsWith("screen"),
    );
    const rank = partner ? beside.findIndex((line) => line.trackId === partner.id) : -1;
    const free = same.filter((line) => !line.trackId);
    return (
      free.find((line) => same.indexOf(line) === rank) ??
      free.find((line) => !beside[same.indexOf(line)]?.trackId) ??
      free[0]
    );
  }

  /** @param {RTCPeerConnection} pc @param {"audio" | "video"} kind */
  #add(pc, kind) {
    const transceiver = pc.addTransceiver(kind, { direction: "recvonly" });
    const line = { kind, transceiver, trackId: /** @type {string | null} */ (null) };
    this.#lines.push(line);
    return line;
  }

  #tracks() {
    return this.#lines.flatMap(({ transceiver, trackId }) =>
      transceiver.mid ? [{ mid: transceiver.mid, track_id: trackId }] : [],
    );
  }

  #mapping() {
    return this.#lines.map((line) => line.trackId ?? "").join(" ");
  }
}
