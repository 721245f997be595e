/**
 * One direction of media: a peer connection that always offers, and keeps itself alive.
 *
 * The node answers and never offers, so there is no glare (webrtc-pc §10.7 is not needed), and it
 * is ICE-lite with its address in the answer, so our own candidates need not be sent.
 */

import { areSameWays } from "./relays.js";

/** `disconnected` often mends by itself within this time; after it we restart ICE. */
const DISCONNECTED_GRACE_MS = 2_000;
/** From an answered offer to `connected`, after which the connection is built anew. */
const CONNECT_DEADLINE_MS = 8_000;
/** An offer without an answer on a live line is said again. */
const ANSWER_DEADLINE_MS = 5_000;
/** A dead connection stays this long beside its successor, so that the last picture stays. */
const OVERLAP_MS = 10_000;
const FIRST_REBUILD_MS = 500;
const LONGEST_REBUILD_MS = 10_000;

/**
 * @typedef {import("./messages.js").ClientMessage} ClientMessage
 * @typedef {import("./messages.js").Offer} Offer
 * @typedef {"new" | "connecting" | "connected" | "interrupted" | "closed"} MediaState
 */

/** Offer ids rise over the whole page, so that no answer fits two offers. */
let lastOfferId = 0;

/**
 * Events: `state` (read `state`), `rebuilt` (there is a new peer connection).
 * Subclasses say which lines there are (`lines`) and how the offer is announced (`announcement`).
 */
export class MediaConnection extends EventTarget {
  /** @type {"publish" | "subscribe"} */
  kind;
  /** @type {RTCPeerConnection | null} */
  #pc = null;
  /** The one before, until the new one is connected. @type {RTCPeerConnection | null} */
  #previous = null;
  /** @type {MediaState} */
  #state = "new";
  /** The message is made when it is said, so that it tells the newest state.
   * @type {{ id: number, message: () => ClientMessage } | null}
   */
  #unanswered = null;
  /** Whether the node knows this peer connection. */
  #isAnswered = false;
  #live = false;
  #restartWanted = false;
  #rebuilds = 0;
  #graceTimer = 0;
  #answerTimer = 0;
  #connectTimer = 0;
  #rebuildTimer = 0;
  #overlapTimer = 0;
  /** @type {(message: ClientMessage) => boolean} */
  #send;
  /** The page's own. @type {RTCConfiguration} */
  #given;
  /** With what the token adds. @type {RTCConfiguration} */
  #configuration;

  /**
   * @param {object} options
   * @param {"publish" | "subscribe"} options.kind
   * @param {(message: ClientMessage) => boolean} options.send false when the line is not live
   * @param {RTCConfiguration} [options.configuration]
   */
  constructor({ kind, send, configuration }) {
    super();
    this.kind = kind;
    this.#send = send;
    this.#given = { bundlePolicy: "max-bundle", ...configuration };
    this.#configuration = this.#given;
  }

  get pc() {
    return this.#pc;
  }

  get state() {
    return this.#state;
  }

  /** Puts the transceivers on a new connection. @param {RTCPeerConnection} _pc */
  lines(_pc) {
    throw new Error("a subclass says which lines there are");
  }

  /** @param {Offer} _offer @returns {ClientMessage} */
  announcement(_offer) {
    throw new Error("a subclass says how its offer is announced");
  }

  /** Makes the connection and its first offer; nothing has to be live yet. */
  async start() {
    if (this.#pc || this.#state === "closed") return;
    await this.#build();
  }

  /**
   * The ways that media may take from now on (relays.js). They come with each token, so before
   * the first answer: until then no packet has gone any way.
   *
   * @param {RTCConfiguration} ways
   */
  configure(ways) {
    const before = this.#configuration;
    this.#configuration = { ...this.#given, ...ways };
    if (!this.#pc) return;
    this.#pc.setConfiguration(this.#configuration);
    if (areSameWays(before, this.#configuration)) return;
    if (this.#isAnswered) void this.restart();
    else void this.#build();
  }

  /** The line to the server is live and the server knows us: offers may be said now. */
  signallingLive() {
    this.#live = true;
    if (this.#restartWanted) void this.restart();
    else this.#say();
  }

  signallingLost() {
    this.#live = false;
    clearTimeout(this.#answerTimer);
  }

  /** Lines were added or changed: offer again on the same connection. */
  async renegotiate() {
    await this.#offer((offer) => this.announcement(offer));
  }

  /**
   * @param {number} offerId
   * @param {string} sdp
   */
  async answered(offerId, sdp) {
    const pc = this.#pc;
    if (!pc || this.#unanswered?.id !== offerId || pc.signalingState !== "have-local-offer") return;
    this.#unanswered = null;
    this.#isAnswered = true;
    clearTimeout(this.#answerTimer);
    try {
      await pc.setRemoteDescription({ type: "answer", sdp });
    } catch {
      if (pc === this.#pc) this.lost();
      return;
    }
    if (pc.connectionState !== "connected") this.#awaitConnection();
  }

  /**
   * Our offer was refused: once more from the start, or never if we may not.
   *
   * @param {number} offerId
   * @param {{ forGood: boolean }} how
   */
  refused(offerId, { forGood }) {
    if (this.#unanswered?.id !== offerId) return;
    this.#unanswered = null;
    clearTimeout(this.#answerTimer);
    if (forGood) this.close();
    else this.lost();
  }

  /** New ICE credentials on the same connection: DTLS and SRTP stay (RFC 8839 §4.4.1.1.1). */
  async restart() {
    // One that the node has not answered has no credentials to renew.
    if (!this.#pc || !this.#isAnswered) return;
    this.#restartWanted = !this.#live;
    if (!this.#live) return;
    this.#pc.restartIce();
    await this.#offer((offer) => ({ type: "offer", connection: this.kind, offer }));
  }

  /**
   * The node says that it closed a connection. Messages are in order: before our offer is
   * answered, it speaks of the one before.
   */
  lostByNode() {
    if (this.#isAnswered) this.lost();
  }

  /** The connection is gone for good: a new one, beside the old until it is connected. */
  lost() {
    if (this.#state === "closed" || this.#rebuildTimer) return;
    this.#enter("interrupted");
    const wait = Math.min(LONGEST_REBUILD_MS, FIRST_REBUILD_MS * 2 ** this.#rebuilds);
    const delay = this.#rebuilds === 0 ? 0 : wait;
    this.#rebuilds += 1;
    this.#rebuildTimer = setTimeout(() => {
      this.#rebuildTimer = 0;
      void this.#build();
    }, delay);
  }

  close() {
    this.#enter("closed");
    const timers = [this.#graceTimer, this.#answerTimer, this.#connectTimer, this.#rebuildTimer];
    for (const timer of timers) clearTimeout(timer);
    this.#discardPrevious();
    this.#pc?.close();
    this.#pc = null;
    this.#unanswered = null;
  }

  async #build() {
    clearTimeout(this.#graceTimer);
    clearTimeout(this.#connectTimer);
    this.#restartWanted = false;
    this.#isAnswered = false;
    const pc = new RTCPeerConnection(this.#configuration);
    this.#discardPrevious();
    this.#previous = this.#pc;
    this.#pc = pc;
    this.#overlapTimer = setTimeout(() => this.#discardPrevious(), OVERLAP_MS);
    pc.onconnectionstatechange = () => pc === this.#pc && this.#changed(pc);
    this.lines(pc);
    if (this.#state === "new") this.#enter("connecting");
    this.dispatchEvent(new Event("rebuilt"));
    await this.#offer((offer) => this.announcement(offer));
  }

  /** @param {(offer: Offer) => ClientMessage} messageOf */
  async #offer(messageOf) {
    const pc = this.#pc;
    if (!pc) return;
    await pc.setLocalDescription();
    if (pc !== this.#pc || !pc.localDescription) return;
    lastOfferId += 1;
    const offer = { id: lastOfferId, sdp: pc.localDescription.sdp };
    this.#unanswered = { id: offer.id, message: () => messageOf(offer) };
    this.#say();
  }

  /** Says the offer that waits for its answer, again if need be: answering twice is harmless. */
  #say() {
    clearTimeout(this.#answerTimer);
    if (!this.#unanswered || !this.#live) return;
    this.#send(this.#unanswered.message());
    this.#answerTimer = setTimeout(() => this.#say(), ANSWER_DEADLINE_MS);
  }

  #awaitConnection() {
    clearTimeout(this.#connectTimer);
    this.#connectTimer = setTimeout(() => this.lost(), CONNECT_DEADLINE_MS);
  }

  /** @param {RTCPeerConnection} pc */
  #changed(pc) {
    clearTimeout(this.#graceTimer);
    if (pc.connectionState === "connected") this.#connected();
    if (pc.connectionState === "disconnected") {
      this.#enter("interrupted");
      this.#graceTimer = setTimeout(() => void this.restart(), DISCONNECTED_GRACE_MS);
    }
    if (pc.connectionState === "failed") this.#failed(pc);
  }

  #connected() {
    clearTimeout(this.#connectTimer);
    this.#rebuilds = 0;
    this.#discardPrevious();
    this.#enter("connected");
  }

  /** ICE that failed can be restarted; DTLS that failed cannot. @param {RTCPeerConnection} pc */
  #failed(pc) {
    this.#enter("interrupted");
    if (pc.iceConnectionState === "failed") void this.restart();
    else this.lost();
  }

  #discardPrevious() {
    clearTimeout(this.#overlapTimer);
    this.#previous?.close();
    this.#previous = null;
  }

  /** @param {MediaState} state */
  #enter(state) {
    if (this.#state === state || this.#state === "closed") return;
    this.#state = state;
    this.dispatchEvent(new Event("state"));
  }
}
