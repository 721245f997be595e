/**
 * One direction of media: a peer connection that always offers, and keeps itself alive.
 *
 * The node answers and never offers, so there is no glare (webrtc-pc §10.7 is not needed), and it
 * is ICE-lite with its address in the answer, so our own candidates need not be sent.
 *
 * What helps when nothing comes any more, one after the other (docs/decisions/0030): a second peer
 * connection beside the first, of which whichever lives first is kept; new ICE credentials for the
 * first; joining the room anew.
 */

import { Legs } from "./legs.js";
import { DOUBT_MS, LOST_MS, noPulse, overdueMs } from "./pulse.js";
import { areSameWays } from "./relays.js";

/** While nothing comes every look counts; else half of them are enough. */
const LOOK_EVERY_MS = 75;
/** From an answered first offer to `connected`, after which the connection is built anew. */
const CONNECT_DEADLINE_MS = 8_000;
/** For a second connection, doubled each time: it may know only of the interface that went. */
const SECOND_MS = 1_200;
const MOST_SECONDS = 3;
const RESTART_MS = 3_000;
/** An offer without an answer on a live line is said again. */
const ANSWER_DEADLINE_MS = 2_000;
/** So long must the first have been heard without a pause before the second is dropped. */
const REVIVED_MS = 300;
const FIRST_REBUILD_MS = 500;
const LONGEST_REBUILD_MS = 10_000;

/**
 * @typedef {import("./messages.js").ClientMessage} ClientMessage
 * @typedef {import("./messages.js").Offer} Offer
 * @typedef {import("./leg.js").Leg} Leg
 * @typedef {"new" | "connecting" | "connected" | "interrupted" | "closed"} MediaState
 */

/**
 * Events: `state` (read `state`), `doubt` (nothing comes: is there still a line?), `life` (something
 * comes again), `rejoin` (nothing else has helped).
 * Subclasses say which lines there are (`lines`) and how the offer is announced (`announcement`).
 */
export class MediaConnection extends EventTarget {
  /** @type {"publish" | "subscribe"} */
  kind;
  /** @type {Legs} */
  #legs;
  /** @type {MediaState} */
  #state = "new";
  #live = false;
  #restartWanted = false;
  /** In a row, without `connected` between them. */
  #failures = 0;
  #seconds = 0;
  #interruptedAtMs = 0;
  #heardSinceMs = 0;
  #looks = 0;
  #lookTimer = 0;
  #answerTimer = 0;
  #deadline = 0;
  #rebuildTimer = 0;
  /** @type {(message: ClientMessage) => boolean} */
  #send;
  /** The page's own. @type {RTCConfiguration} */
  #given;

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
    this.#legs = new Legs(this.#given, {
      lines: (pc) => this.lines(pc),
      forget: (pc) => this.forget(pc),
      changed: (leg) => this.#changed(leg),
    });
  }

  get pc() {
    return this.#legs.inUse?.pc ?? null;
  }

  /** The one of which the room is told. */
  get newest() {
    return this.#legs.spokenOf?.pc ?? null;
  }

  get state() {
    return this.#state;
  }

  /** Puts the transceivers on a new connection. @param {RTCPeerConnection} _pc */
  lines(_pc) {
    throw new Error("a subclass says which lines there are");
  }

  /** @param {Offer} _offer @param {RTCPeerConnection} _pc @returns {ClientMessage} */
  announcement(_offer, _pc) {
    throw new Error("a subclass says how its offer is announced");
  }

  /** A connection is no more: forget its transceivers. @param {RTCPeerConnection} _pc */
  forget(_pc) {}

  /**
   * The newer one is up. The older is closed when this settles.
   *
   * @param {RTCPeerConnection} _pc the newer
   * @returns {Promise<void>}
   */
  async takenOver(_pc) {}

  /** The older one is in use again, the newer dropped: bring its lines up to date. */
  kept() {}

  /**
   * Makes the connection and its first offer; nothing has to be live yet, and nobody waits: the
   * offer of a connection that gives way to another (`configure`) may never be made.
   */
  start() {
    if (this.#legs.inUse || this.#state === "closed") return;
    const leg = this.#legs.begin();
    this.#enter("connecting");
    this.#lookTimer = setInterval(() => void this.#look(), LOOK_EVERY_MS);
    void this.#offer(leg);
  }

  /**
   * The ways that media may take from now on (relays.js). They come with each token, so before
   * the first answer: until then no packet has gone any way.
   *
   * @param {RTCConfiguration} ways
   */
  configure(ways) {
    const before = this.#legs.configuration;
    this.#legs.configure({ ...this.#given, ...ways });
    const leg = this.#legs.inUse;
    if (!leg || areSameWays(before, this.#legs.configuration)) return;
    if (leg.isAnswered) void this.restart();
    // Nobody has answered its offer yet: it gives way to another.
    else void this.#offer(this.#legs.begin());
  }

  /** The line to the server is live and the server knows us: offers may be said now. */
  signallingLive() {
    this.#live = true;
    const restarts = this.#restartWanted && this.#legs.spokenOf === this.#legs.inUse;
    this.#restartWanted = false;
    if (restarts) void this.restart();
    else this.#say();
  }

  signallingLost() {
    this.#live = false;
    clearTimeout(this.#answerTimer);
  }

  /** Lines were added or changed: offer again on the same connection. */
  async renegotiate() {
    if (this.#legs.spokenOf) await this.#offer(this.#legs.spokenOf);
  }

  /**
   * @param {number} offerId
   * @param {string} sdp
   */
  async answered(offerId, sdp) {
    const leg = this.#legs.awaiting(offerId);
    if (!leg) return;
    if (leg === this.#legs.spokenOf) clearTimeout(this.#answerTimer);
    try {
      await leg.answered(sdp);
    } catch {
      this.#gone(leg);
      return;
    }
    if (leg.pc.connectionState !== "connected") this.#expectConnection();
  }

  /**
   * Our offer was refused: once more from the start, or never if we may not.
   *
   * @param {number} offerId
   * @param {{ forGood: boolean }} how
   */
  refused(offerId, { forGood }) {
    const leg = this.#legs.awaiting(offerId);
    if (!leg) return;
    leg.unanswered = null;
    if (leg === this.#legs.spokenOf) clearTimeout(this.#answerTimer);
    if (forGood) this.close();
    else this.#gone(leg);
  }

  /** New ICE credentials on the same connection: DTLS and SRTP stay (RFC 8839 §4.4.1.1.1). */
  async restart() {
    const leg = this.#legs.inUse;
    // One that the node has not answered has no credentials to renew; one being replaced needs none.
    if (!leg?.isAnswered || leg !== this.#legs.spokenOf) return;
    this.#restartWanted = !this.#live;
    if (!this.#live) return;
    leg.pc.restartIce();
    if (await leg.offer((offer) => ({ type: "offer", connection: this.kind, offer }))) this.#say();
  }

  /**
   * The node says that it closed a connection. Messages are in order: before our offer is
   * answered, it speaks of the one before.
   */
  lostByNode() {
    if (this.#legs.spokenOf?.isAnswered) this.lost();
  }

  /** The connection is gone for good: a new one, beside the old until it is connected. */
  lost() {
    if (this.#state === "closed" || this.#rebuildTimer) return;
    this.#interrupt();
    // One that nobody has heard of yet is new enough.
    if (this.#legs.beside && !this.#legs.beside.isHeldBack && !this.#legs.beside.isSaid) return;
    const wait = Math.min(LONGEST_REBUILD_MS, FIRST_REBUILD_MS * 2 ** (this.#failures - 1));
    const delay = this.#failures === 0 ? 0 : wait;
    this.#failures += 1;
    this.#rebuildTimer = setTimeout(() => void this.#challenge(), delay);
  }

  close() {
    this.#enter("closed");
    clearInterval(this.#lookTimer);
    for (const timer of [this.#answerTimer, this.#deadline, this.#rebuildTimer]) clearTimeout(timer);
    this.#legs.close();
  }

  async #look() {
    const leg = this.#legs.inUse;
    const isSparing = this.#state === "connected" && (this.#looks += 1) % 2 === 1;
    if (!leg?.wasConnected || isSparing) return;
    const atMs = await leg.feel();
    if (leg !== this.#legs.inUse) return;
    const overdue = overdueMs(leg.pulse, this.kind, atMs);
    if (this.#state === "interrupted") this.#lookForLife(leg, overdue);
    else if (overdue >= LOST_MS) this.#rescue();
    else if (overdue >= DOUBT_MS) this.#prepare();
    else if (this.#legs.beside?.isHeldBack) this.#legs.dropBeside();
  }

  /**
   * Whether the first lives again: what came before it was given up may be counted only after, so
   * that one beat alone is no life.
   *
   * @param {Leg} leg
   * @param {number} overdue
   */
  #lookForLife(leg, overdue) {
    const { beatAtMs } = leg.pulse;
    if (overdue >= DOUBT_MS) this.#heardSinceMs = 0;
    else if (beatAtMs > this.#interruptedAtMs) this.#heardSinceMs ||= beatAtMs;
    if (!this.#heardSinceMs) return;
    this.dispatchEvent(new Event("life"));
    const isUp = leg.pc.connectionState === "connected";
    if (isUp && beatAtMs - this.#heardSinceMs >= REVIVED_MS) void this.#keep(leg);
  }

  /** Half a second of nothing: all is made ready, nothing is said yet. */
  #prepare() {
    if (this.#legs.beside) return;
    this.dispatchEvent(new Event("doubt"));
    const beside = this.#legs.challenge();
    beside.isHeldBack = true;
    void this.#offer(beside);
  }

  /** A second of nothing. */
  #rescue() {
    this.#interrupt();
    if (this.#legs.beside) this.#legs.beside.isHeldBack = false;
    else void this.#challenge();
    this.#say();
  }

  /** First rung: another beside it. */
  async #challenge() {
    if (this.#state === "closed") return;
    clearTimeout(this.#rebuildTimer);
    this.#rebuildTimer = 0;
    this.dispatchEvent(new Event("doubt"));
    await this.#offer(this.#legs.challenge());
  }

  /** Answered, not connected. While there is no line, no time runs out. */
  #expectConnection() {
    clearTimeout(this.#deadline);
    const isFirst = !this.#legs.inUse?.wasConnected;
    const rung = this.#legs.beside ? SECOND_MS * 2 ** this.#seconds : RESTART_MS;
    this.#deadline = setTimeout(() => {
      if (!this.#live) this.#expectConnection();
      else if (isFirst || !this.#legs.beside) this.#rejoin(isFirst);
      else if ((this.#seconds += 1) < MOST_SECONDS) void this.#challenge();
      else this.#restartFirst();
    }, isFirst ? CONNECT_DEADLINE_MS : rung);
  }

  /** Second rung: the first may find a way with new credentials. */
  #restartFirst() {
    this.#legs.dropBeside();
    this.#expectConnection();
    void this.restart();
  }

  /** Third rung: as if the page had just been opened. @param {boolean} isFirst */
  #rejoin(isFirst) {
    this.#seconds = 0;
    if (!isFirst) this.dispatchEvent(new Event("rejoin"));
    this.lost();
  }

  /** It lives again before the other was up. @param {Leg} leg */
  async #keep(leg) {
    const wasSaid = this.#legs.beside?.isSaid ?? false;
    this.#legs.dropBeside();
    this.#settled();
    // By an offer of the first the node learns that the second is not wanted any more.
    if (!wasSaid) return;
    this.kept();
    await this.#offer(leg);
  }

  /** @param {Leg} leg */
  #changed(leg) {
    const { connectionState } = leg.pc;
    if (connectionState === "connected") this.#connected(leg);
    if (connectionState === "disconnected" && leg === this.#legs.inUse && leg.wasConnected) this.#rescue();
    if (connectionState === "failed" || connectionState === "closed") this.#gone(leg);
  }

  /** @param {Leg} leg */
  #connected(leg) {
    leg.wasConnected = true;
    leg.pulse = noPulse(performance.now(), this.#legs.inUse?.pulse);
    this.#heardSinceMs = 0;
    if (leg === this.#legs.beside) this.#promote();
    else if (leg !== this.#legs.spokenOf && this.#state === "interrupted") return;
    this.#settled();
  }

  /** There is a connection again: nothing else need be tried. */
  #settled() {
    for (const timer of [this.#deadline, this.#rebuildTimer]) clearTimeout(timer);
    this.#rebuildTimer = this.#failures = this.#seconds = 0;
    this.#enter("connected");
  }

  #promote() {
    const before = this.#legs.promote();
    if (!before || !this.pc) return;
    void this.takenOver(this.pc).finally(() => this.#legs.discard(before));
  }

  /** This one will not be of use any more. @param {Leg} leg */
  #gone(leg) {
    // Until its successor is made it may find a way: browsers learn of an interface up to 2 s late.
    const isDone = leg.pc.connectionState !== "failed";
    if (leg === this.#legs.beside && isDone) this.#legs.dropBeside();
    else if (leg !== this.#legs.spokenOf) return;
    this.lost();
  }

  /** @param {Leg} leg */
  async #offer(leg) {
    if (await leg.offer((offer) => this.announcement(offer, leg.pc))) this.#say();
  }

  /** Says the offer that waits for its answer, and again: answering twice is harmless. */
  #say() {
    clearTimeout(this.#answerTimer);
    const leg = this.#legs.spokenOf;
    if (!leg?.unanswered || !this.#live) return;
    if (this.#send(leg.unanswered.message())) leg.isSaid = true;
    this.#answerTimer = setTimeout(() => this.#say(), ANSWER_DEADLINE_MS);
  }

  #interrupt() {
    if (this.#state === "interrupted") return;
    this.#interruptedAtMs = performance.now();
    this.#heardSinceMs = 0;
    this.#enter("interrupted");
  }

  /** @param {MediaState} state */
  #enter(state) {
    if (this.#state === state || this.#state === "closed") return;
    this.#state = state;
    this.dispatchEvent(new Event("state"));
  }
}
