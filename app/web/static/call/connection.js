/**
 * One direction of media: a peer connection that always offers, and keeps itself alive.
 *
 * The node answers and never offers, so there is no glare (webrtc-pc §10.7 is not needed), and it
 * is ICE-lite with its address in the answer, so our own candidates need not be sent.
 *
 * What helps when nothing comes any more, one after the other (docs/decisions/0028): a second peer
 * connection beside the first, of which whichever lives first is kept; new ICE credentials for the
 * first; joining the room anew.
 */

import { Leg } from "./leg.js";
import { DOUBT_MS, LOST_MS, noPulse, overdueMs } from "./pulse.js";
import { areSameWays } from "./relays.js";

/** While nothing comes every look counts; else half of them are enough. */
const LOOK_EVERY_MS = 75;
/** From an answered first offer to `connected`, after which the connection is built anew. */
const CONNECT_DEADLINE_MS = 8_000;
/** For a second connection, doubled each time: one that was made in the moment of the change may
 * have gathered candidates on the interface that went. */
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
  /** The one in use. @type {Leg | null} */
  #leg = null;
  /** The one beside it, that is to take over. @type {Leg | null} */
  #next = null;
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
    return this.#leg?.pc ?? null;
  }

  /** The one of which the room is told. */
  get newest() {
    return this.#spokenOf?.pc ?? null;
  }

  get #spokenOf() {
    return this.#next && !this.#next.isHeldBack ? this.#next : this.#leg;
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

  /** Makes the connection and its first offer; nothing has to be live yet. */
  async start() {
    if (this.#leg || this.#state === "closed") return;
    this.#leg = this.#made();
    this.#enter("connecting");
    this.#lookTimer = setInterval(() => void this.#look(), LOOK_EVERY_MS);
    await this.#offer(this.#leg);
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
    const leg = this.#leg;
    for (const each of [leg, this.#next]) each?.pc.setConfiguration(this.#configuration);
    if (!leg || areSameWays(before, this.#configuration)) return;
    if (leg.isAnswered) void this.restart();
    else this.#beginAnew(leg);
  }

  /** Its offer has no answer yet: it gives way to another. @param {Leg} leg */
  #beginAnew(leg) {
    this.#leg = this.#made();
    this.#discard(leg);
    void this.#offer(this.#leg);
  }

  /** The line to the server is live and the server knows us: offers may be said now. */
  signallingLive() {
    this.#live = true;
    const restarts = this.#restartWanted && this.#spokenOf === this.#leg;
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
    if (this.#spokenOf) await this.#offer(this.#spokenOf);
  }

  /**
   * @param {number} offerId
   * @param {string} sdp
   */
  async answered(offerId, sdp) {
    const leg = [this.#next, this.#leg].find((each) => each?.awaits(offerId));
    if (!leg) return;
    if (leg === this.#spokenOf) clearTimeout(this.#answerTimer);
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
    const leg = [this.#next, this.#leg].find((each) => each?.awaits(offerId));
    if (!leg) return;
    leg.unanswered = null;
    if (leg === this.#spokenOf) clearTimeout(this.#answerTimer);
    if (forGood) this.close();
    else this.#gone(leg);
  }

  /** New ICE credentials on the same connection: DTLS and SRTP stay (RFC 8839 §4.4.1.1.1). */
  async restart() {
    const leg = this.#leg;
    // One that the node has not answered has no credentials to renew; one that is being replaced
    // need not have any.
    if (!leg?.isAnswered || leg !== this.#spokenOf) return;
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
    if (this.#spokenOf?.isAnswered) this.lost();
  }

  /** The connection is gone for good: a new one, beside the old until it is connected. */
  lost() {
    if (this.#state === "closed" || this.#rebuildTimer) return;
    this.#interrupt();
    // One that nobody has heard of yet is new enough.
    if (this.#next && !this.#next.isHeldBack && !this.#next.isSaid) return;
    const wait = Math.min(LONGEST_REBUILD_MS, FIRST_REBUILD_MS * 2 ** (this.#failures - 1));
    const delay = this.#failures === 0 ? 0 : wait;
    this.#failures += 1;
    this.#rebuildTimer = setTimeout(() => {
      this.#rebuildTimer = 0;
      void this.#challenge();
    }, delay);
  }

  close() {
    this.#enter("closed");
    clearInterval(this.#lookTimer);
    for (const timer of [this.#answerTimer, this.#deadline, this.#rebuildTimer]) clearTimeout(timer);
    for (const leg of [this.#next, this.#leg]) if (leg) this.#discard(leg);
    this.#leg = this.#next = null;
  }

  async #look() {
    const leg = this.#leg;
    const isSparing = this.#state === "connected" && (this.#looks += 1) % 2 === 1;
    if (!leg?.wasConnected || isSparing) return;
    const atMs = await leg.feel();
    if (leg !== this.#leg) return;
    const overdue = overdueMs(leg.pulse, this.kind, atMs);
    this.#heardSinceMs = overdue < DOUBT_MS ? this.#heardSinceMs || atMs : 0;
    if (this.#state === "interrupted") this.#lookForLife(leg, atMs);
    else if (overdue >= LOST_MS) this.#rescue();
    else if (overdue >= DOUBT_MS) this.#prepare();
    else if (this.#next?.isHeldBack) this.#dropNext();
  }

  /** Whether the first lives again, by what came since it was given up. @param {Leg} leg @param {number} atMs */
  #lookForLife(leg, atMs) {
    const isHeard = this.#heardSinceMs > 0 && leg.pulse.beatAtMs > this.#interruptedAtMs;
    if (!isHeard) return;
    this.dispatchEvent(new Event("life"));
    const isUp = leg.pc.connectionState === "connected";
    if (isUp && atMs - this.#heardSinceMs >= REVIVED_MS) void this.#keep(leg);
  }

  /** Half a second of nothing: all is made ready, nothing is said yet. */
  #prepare() {
    if (this.#next) return;
    this.dispatchEvent(new Event("doubt"));
    const next = this.#made();
    next.isHeldBack = true;
    this.#next = next;
    void this.#offer(next);
  }

  /** A second of nothing. */
  #rescue() {
    this.#interrupt();
    if (!this.#next) void this.#challenge();
    else this.#next.isHeldBack = false;
    this.#say();
  }

  /** First rung: another beside it. */
  async #challenge() {
    if (this.#state === "closed") return;
    this.dispatchEvent(new Event("doubt"));
    this.#dropNext();
    this.#next = this.#made();
    await this.#offer(this.#next);
  }

  /** Answered, not connected. While there is no line, no time runs out. */
  #expectConnection() {
    clearTimeout(this.#deadline);
    const isFirst = !this.#leg?.wasConnected;
    const rung = this.#next ? SECOND_MS * 2 ** this.#seconds : RESTART_MS;
    this.#deadline = setTimeout(() => {
      if (!this.#live) this.#expectConnection();
      else if (isFirst || !this.#next) this.#rejoin(isFirst);
      else if ((this.#seconds += 1) < MOST_SECONDS) void this.#challenge();
      else this.#restartFirst();
    }, isFirst ? CONNECT_DEADLINE_MS : rung);
  }

  /** Second rung: the first may find a way with new credentials. */
  #restartFirst() {
    this.#dropNext();
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
    for (const timer of [this.#deadline, this.#rebuildTimer]) clearTimeout(timer);
    this.#rebuildTimer = 0;
    this.#failures = this.#seconds = 0;
    const wasSaid = this.#next?.isSaid ?? false;
    this.#dropNext();
    this.#enter("connected");
    // By an offer of the first the node learns that the second is not wanted any more.
    if (!wasSaid) return;
    this.kept();
    await this.#offer(leg);
  }

  /** @param {Leg} leg */
  #changed(leg) {
    const { connectionState } = leg.pc;
    if (connectionState === "connected") this.#connected(leg);
    if (connectionState === "disconnected" && leg === this.#leg && leg.wasConnected) this.#rescue();
    if (connectionState === "failed" || connectionState === "closed") this.#gone(leg);
  }

  /** @param {Leg} leg */
  #connected(leg) {
    leg.wasConnected = true;
    leg.pulse = noPulse(performance.now());
    this.#heardSinceMs = 0;
    if (leg === this.#next) this.#promote(leg);
    else if (leg !== this.#spokenOf && this.#state === "interrupted") return;
    clearTimeout(this.#deadline);
    this.#failures = this.#seconds = 0;
    this.#enter("connected");
  }

  /** @param {Leg} next */
  #promote(next) {
    const before = this.#leg;
    [this.#leg, this.#next] = [next, null];
    if (!before) return;
    before.pc.onconnectionstatechange = null;
    void this.takenOver(next.pc).finally(() => this.#discard(before));
  }

  /** This one will not be of use any more. @param {Leg} leg */
  #gone(leg) {
    if (leg === this.#next) this.#dropNext();
    else if (leg !== this.#leg) return;
    else if (leg !== this.#spokenOf) return;
    this.lost();
  }

  #made() {
    const leg = new Leg(new RTCPeerConnection(this.#configuration));
    leg.pc.onconnectionstatechange = () => {
      if (leg === this.#leg || leg === this.#next) this.#changed(leg);
    };
    this.lines(leg.pc);
    return leg;
  }

  /** @param {Leg} leg */
  async #offer(leg) {
    if (await leg.offer((offer) => this.announcement(offer, leg.pc))) this.#say();
  }

  /** Says the offer that waits for its answer, and again: answering twice is harmless. */
  #say() {
    clearTimeout(this.#answerTimer);
    const leg = this.#spokenOf;
    if (!leg?.unanswered || !this.#live) return;
    if (this.#send(leg.unanswered.message())) leg.isSaid = true;
    this.#answerTimer = setTimeout(() => this.#say(), ANSWER_DEADLINE_MS);
  }

  #dropNext() {
    const next = this.#next;
    this.#next = null;
    if (next) this.#discard(next);
  }

  /** @param {Leg} leg */
  #discard(leg) {
    leg.pc.onconnectionstatechange = null;
    leg.pc.close();
    this.forget(leg.pc);
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
