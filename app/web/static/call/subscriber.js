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

/** For the first picture of a new connection; then it is shown with or without one. */
const FIRST_PICTURE_MS = 1_000;

/** Event `tracks`: ask `mediaTrack` again. */
export class Subscriber extends MediaConnection {
  /** @type {Map<RTCPeerConnection, ReceivingLine[]>} */
  #linesOf = new Map();
  /** Whose pictures are shown. @type {RTCPeerConnection | null} */
  #shown = null;
  /** Whose sound is heard. @type {RTCPeerConnection | null} */
  #heard = null;
  /** @type {Track[]} */
  #wanted = [];
  /** How many lines of a picture are of use, by track; of one not named all. @type {Map<string, number>} */
  #lined = new Map();
  /** Of whose lines the room was last told. @type {RTCPeerConnection | null} */
  #announced = null;
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
  }

  get #lines() {
    return this.#linesOf.get(/** @type {RTCPeerConnection} */ (this.newest)) ?? [];
  }

  /**
   * Receive exactly these tracks.
   *
   * @param {Track[]} tracks
   */
  want(tracks) {
    this.#wanted = tracks;
    for (const pc of this.#linesOf.keys()) if (pc !== this.newest) this.#assign(pc, false);
    if (!this.newest) return;
    const grown = this.#assign(this.newest);
    this.dispatchEvent(new Event("tracks"));
    if (grown) void this.renegotiate();
    else this.#remap();
  }

  /** @param {Map<string, number>} shown how many lines of a picture are of use, by track */
  show(shown) {
    this.#lined = shown;
    this.#remap();
  }

  /**
   * @param {string} trackId
   * @returns {MediaStreamTrack | null} what arrives for it
   */
  mediaTrack(trackId) {
    const on = (/** @type {RTCPeerConnection | null} */ pc) => {
      const lines = pc ? this.#linesOf.get(pc) : undefined;
      return lines?.find((candidate) => candidate.trackId === trackId);
    };
    const heard = on(this.#heard);
    const line = heard?.kind === "audio" ? heard : on(this.#shown) ?? on(this.newest);
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
    this.#announced = null;
    super.lost();
  }

  /** @override @param {RTCPeerConnection} pc */
  lines(pc) {
    this.#linesOf.set(pc, []);
    this.#shown ??= pc;
    this.#heard ??= pc;
    for (let i = 0; i < SPARE_LINES.audio; i += 1) this.#add(pc, "audio");
    for (let i = 0; i < SPARE_LINES.video; i += 1) this.#add(pc, "video");
    this.#assign(pc);
  }

  /** @override @param {RTCPeerConnection} pc */
  forget(pc) {
    this.#linesOf.delete(pc);
  }

  /** @override @param {Offer} offer @param {RTCPeerConnection} pc @returns {ClientMessage} */
  announcement(offer, pc) {
    this.#announced = pc;
    this.#told = this.#mapping();
    return { type: "subscribe", tracks: this.#tracks(), offer };
  }

  /** @override Until a picture comes on the new one, the last one stays. @param {RTCPeerConnection} pc */
  async takenOver(pc) {
    this.#heard = pc;
    this.dispatchEvent(new Event("tracks"));
    const lines = this.#linesOf.get(pc) ?? [];
    const pictures = lines.filter(({ kind, trackId }) => kind === "video" && trackId);
    await firstOf(pictures.map(({ transceiver }) => transceiver.receiver.track), FIRST_PICTURE_MS);
    this.#shown = pc;
    this.dispatchEvent(new Event("tracks"));
  }

  /** @override */
  kept() {
    if (this.pc) this.#assign(this.pc);
    this.dispatchEvent(new Event("tracks"));
  }

  #remap() {
    const mapping = this.#mapping();
    if (!this.#announced || this.#announced !== this.newest || this.#told === mapping) return;
    if (this.#send({ type: "subscribe", tracks: this.#tracks() })) this.#told = mapping;
  }

  /**
   * Keeps what is mapped, frees what is not wanted, then fills free lines.
   *
   * @param {RTCPeerConnection} pc
   * @param {boolean} [fills] false: free lines stay as they are, the room knows nothing of them
   * @returns {boolean} whether lines had to be added
   */
  #assign(pc, fills = true) {
    const lines = this.#linesOf.get(pc) ?? [];
    const wanted = new Set(this.#wanted.map((track) => track.id));
    for (const line of lines) {
      if (line.trackId && !wanted.has(line.trackId)) line.trackId = null;
    }
    const before = lines.length;
    for (const track of fills ? this.#wanted : []) {
      if (lines.some((line) => line.trackId === track.id)) continue;
      (this.#free(lines, track) ?? this.#add(pc, track.kind)).trackId = track.id;
    }
    return lines.length > before;
  }

  /**
   * A free line, at best the one beside the same person's sound or picture: the node's answer
   * makes one stream of the n-th sound line and the n-th picture line, which keeps lips in step.
   *
   * @param {ReceivingLine[]} lines
   * @param {Track} track
   * @returns {ReceivingLine | undefined}
   */
  #free(lines, track) {
    const same = lines.filter((line) => line.kind === track.kind);
    const beside = lines.filter((line) => line.kind !== track.kind);
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
    this.#linesOf.get(pc)?.push(line);
    return line;
  }

  #tracks() {
    return this.#lines.flatMap(({ transceiver: { mid }, trackId }) =>
      mid ? [{ mid, track_id: trackId, shown: this.#shownOf(trackId) }] : [],
    );
  }

  #mapping() {
    return this.#lines
      .map(({ trackId }) => `${trackId ?? ""} ${this.#shownOf(trackId) ?? ""}`)
      .join(";");
  }

  /** @param {string | null} trackId */
  #shownOf(trackId) {
    return (trackId && this.#lined.get(trackId)) || null;
  }
}

/**
 * When the first of these begins, or the time is over.
 *
 * @param {MediaStreamTrack[]} tracks
 * @param {number} mostMs
 * @returns {Promise<void>}
 */
function firstOf(tracks, mostMs) {
  if (tracks.length === 0 || tracks.some(({ muted }) => !muted)) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, mostMs);
    const begun = () => {
      clearTimeout(timer);
      resolve();
    };
    for (const track of tracks) track.addEventListener("unmute", begun, { once: true });
  });
}
