/**
 * A direct call beside the one through the node: it comes up, takes over, and gives way again
 * (docs/decisions/0032). The room says when; what is shown changes only once the other way brings
 * pictures, and what is sent to the node stops only once the other side does without.
 */

import { arrived } from "./arriving.js";
import { codeOf } from "./code.js";
import { DirectLeg } from "./directleg.js";
import { begin, encodingOf } from "./ladder.js";
import { onNetworkChange } from "./network.js";
import { LOST_MS } from "./pulse.js";
import { EMPTY_ROOM } from "./room.js";
import { Hearing } from "./speaking.js";

/**
 * @typedef {import("./messages.js").ServerMessage} ServerMessage
 * @typedef {import("./messages.js").ClientMessage} ClientMessage
 * @typedef {import("./messages.js").DirectDescription} DirectDescription
 * @typedef {import("./messages.js").DirectCandidate} DirectCandidate
 * @typedef {import("./messages.js").Direct} Direct
 * @typedef {import("./messages.js").Source} Source
 * @typedef {import("./messages.js").Track} Track
 * @typedef {import("./room.js").Room} Room
 *
 * @typedef {object} Node what comes through the node
 * @property {RTCPeerConnection | null} pc
 * @property {(trackId: string) => string | null} midOf
 */

/** To connect and to show a picture; nobody waits for it, the call goes on through the node. */
const SHOWN_WITHIN_MS = 5_000;
/** For the node's pictures to come again; then they are shown with or without. */
const BACK_WITHIN_MS = 4_000;
const LOOK_EVERY_MS = 150;

/** Events: `change` (ask everything again), `speaking` (ask `heard` again). */
export class DirectCall extends EventTarget {
  /** @type {DirectLeg | null} */
  #current = null;
  /** @type {DirectLeg | null} */
  #shown = null;
  /** @type {Room} */
  #room = EMPTY_ROOM;
  #isLive = false;
  /** How it stood when it was last told. */
  #told = "";
  /** What the room has not heard for want of a line. @type {(DirectDescription | DirectCandidate)[]} */
  #unsaid = [];
  /** @type {Map<Source, MediaStreamTrack | null>} */
  #tracks = new Map();
  #encoding = encodingOf(begin(0));
  /** @type {RTCConfiguration} */
  #given;
  /** @type {RTCConfiguration} */
  #configuration;
  #unlisten = new AbortController();
  #hearing = new Hearing();
  /** @type {(message: ClientMessage) => boolean} */
  #send;
  /** @type {() => Node} */
  #node;

  /**
   * @param {object} options
   * @param {(message: ClientMessage) => boolean} options.send false when the line is not live
   * @param {() => Node} options.node
   * @param {RTCConfiguration} [options.configuration]
   */
  constructor({ send, node, configuration }) {
    super();
    this.#send = send;
    this.#node = node;
    this.#given = { bundlePolicy: "max-bundle", ...configuration };
    this.#configuration = this.#given;
    onNetworkChange(() => this.#current?.restart(), this.#unlisten.signal);
    this.#hearing.addEventListener("change", () => this.dispatchEvent(new Event("speaking")));
  }

  /** The connection whose pictures are shown, if it is a direct one. */
  get showing() {
    return this.#shown?.pc ?? null;
  }

  /** The connection on which alone is sent, if it is a direct one. */
  get sending() {
    return this.#isShownThere ? this.#current?.pc ?? null : null;
  }

  /** What both compare while both see each other directly; else empty. */
  get code() {
    return this.sending && this.sending === this.showing ? this.#current?.code ?? "" : "";
  }

  /** Who is heard directly, and whether they speak. @returns {import("./roomview.js").Heard | null} */
  get heard() {
    return this.#shown && { id: this.#shown.peer, speaking: this.#hearing.speaking };
  }

  get #isShownThere() {
    const { direct, me } = this.#room;
    const leg = this.#current;
    // Without a line nobody could tell us that the node is to have it again.
    if (!this.#isLive || !leg || leg.hasFailed || leg.negotiation !== direct?.negotiation) return false;
    return !direct.ending && direct.shown_by.some((id) => id !== me);
  }

  /** @param {Source} source @param {MediaStreamTrack | null} track */
  set(source, track) {
    this.#tracks.set(source, track);
    this.#current?.set(source, track);
  }

  /** @param {import("./ladder.js").Encoding} encoding */
  shape(encoding) {
    this.#encoding = encoding;
    this.#current?.shape(encoding);
  }

  /** @param {RTCConfiguration} ways for the next connection, see relays.js */
  configure(ways) {
    this.#configuration = { ...this.#given, ...ways };
  }

  signallingLive() {
    this.#isLive = true;
    const unsaid = this.#unsaid.splice(0);
    for (const message of unsaid) this.#say(message);
    if (this.#current?.reported) this.#report(this.#current, this.#current.reported);
    this.#changed();
  }

  signallingLost() {
    this.#isLive = false;
    this.#changed();
  }

  /** The room begins from a snapshot, or is another one: numbers of before mean nothing. */
  restarted() {
    this.#retire();
  }

  /** @param {Room} room */
  follow(room) {
    this.#room = room;
    const { direct, me } = room;
    const mine = direct && [direct.impolite, direct.polite].includes(me) ? direct : null;
    if (this.#current && this.#current.negotiation !== mine?.negotiation) this.#retire();
    if (mine && !mine.ending && !this.#current) this.#begin(mine);
    if (mine?.ending && this.#current) void this.#giveWay(this.#current);
    this.#changed();
  }

  /** @param {ServerMessage} message */
  received(message) {
    const leg = this.#current;
    if (!leg || !("negotiation" in message) || message.negotiation !== leg.negotiation) return;
    if (message.type === "direct_description") void leg.described(message.kind, message.sdp);
    if (message.type === "direct_candidate") void leg.found(message.mid, message.candidate);
  }

  /** @param {Track} track @returns {MediaStreamTrack | null} what comes directly, if that is shown */
  mediaTrack({ source, participant_id: owner }) {
    return owner === this.#shown?.peer ? this.#shown.line(source)?.receiver.track ?? null : null;
  }

  close() {
    this.#unlisten.abort();
    for (const leg of [this.#current, this.#shown]) leg?.close();
    this.#current = this.#shown = null;
    this.#hearing.listenTo(null);
  }

  /** @param {Direct} direct */
  #begin({ negotiation, impolite, polite, relayed }) {
    const isPolite = polite === this.#room.me;
    const relays = relayed ? { iceTransportPolicy: /** @type {const} */ ("relay") } : {};
    const leg = new DirectLeg({
      negotiation,
      peer: isPolite ? impolite : polite,
      isPolite,
      configuration: { ...this.#configuration, ...relays },
      tracks: this.#tracks,
      encoding: this.#encoding,
      send: (message) => this.#say(message),
    });
    this.#current = leg;
    leg.addEventListener("failed", () => this.#fail(leg));
    void this.#bringUp(leg);
  }

  /** Shows what comes directly, from the first picture on. @param {DirectLeg} leg */
  async #bringUp(leg) {
    const isOver = () => leg.isClosed || leg.hasFailed || leg.givesWay;
    const comes = await arrived(() => this.#directly(leg), SHOWN_WITHIN_MS, isOver);
    if (isOver()) return;
    const { localDescription: own, remoteDescription: theirs } = leg.pc;
    leg.code = comes ? await codeOf(own?.sdp ?? "", theirs?.sdp ?? "") : "";
    if (isOver()) return;
    if (leg.code === "") {
      this.#fail(leg);
      return;
    }
    this.#shown = leg;
    this.#report(leg, "shown");
    this.#changed();
    void this.#watch(leg);
  }

  /** Until it is over: what was shown may stop to come. @param {DirectLeg} leg */
  async #watch(leg) {
    while (!leg.isClosed && !leg.hasFailed) {
      if ((await leg.overdueMs()) >= LOST_MS) this.#fail(leg);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  /** The node's pictures are shown and sent again, at once. @param {DirectLeg} leg */
  #fail(leg) {
    if (leg.hasFailed || leg.isClosed) return;
    leg.hasFailed = true;
    this.#hide(leg);
    this.#report(leg, "failed");
    this.#changed();
  }

  /** Shows what comes from the node, from the first picture on. @param {DirectLeg} leg */
  async #giveWay(leg) {
    if (leg.givesWay || leg.hasFailed) return;
    leg.givesWay = true;
    if (this.#shown === leg) {
      const isOver = () => leg.hasFailed || this.#shown !== leg;
      await arrived(() => this.#throughNode(leg), BACK_WITHIN_MS, isOver);
    }
    this.#hide(leg);
    this.#report(leg, "left");
    this.#changed();
  }

  /** The room does not want it any more; closed once it is not needed to be shown. */
  #retire() {
    const leg = this.#current;
    this.#current = null;
    this.#unsaid = [];
    if (!leg) return;
    const isShown = this.#shown === leg;
    if (leg.hasFailed || !isShown) leg.close();
    else void this.#giveWay(leg);
  }

  /** @param {DirectLeg} leg */
  #hide(leg) {
    if (this.#shown === leg) this.#shown = null;
    if (this.#current !== leg) leg.close();
  }

  /** What the other one sends, as far as it is on. @param {DirectLeg} leg @returns {Track[]} */
  #expected({ peer }) {
    const { tracks, participants } = this.#room;
    const step = participants.get(peer)?.sending;
    const isThin = step === "stills" || step === "sound";
    const isOn = (/** @type {Track} */ { kind, muted }) => !muted && !(kind === "video" && isThin);
    return [...tracks.values()].filter((track) => track.participant_id === peer && isOn(track));
  }

  /** @param {DirectLeg} leg @returns {import("./arriving.js").Lines} */
  #directly(leg) {
    const lines = this.#expected(leg).map(({ source, kind }) => ({ mid: leg.line(source)?.mid ?? null, kind }));
    // With everything off, to be connected is all there is.
    const connected = { mid: null, kind: /** @type {const} */ ("audio") };
    return { pc: leg.pc, lines: leg.isConnected ? lines : [connected] };
  }

  /** @param {DirectLeg} leg @returns {import("./arriving.js").Lines} */
  #throughNode(leg) {
    const { pc, midOf } = this.#node();
    return { pc, lines: this.#expected(leg).map(({ id, kind }) => ({ mid: midOf(id), kind })) };
  }

  /** @param {DirectLeg} leg @param {"shown" | "left" | "failed"} state */
  #report(leg, state) {
    if (this.#current !== leg) return;
    leg.reported = state;
    this.#send({ type: "report_direct", negotiation: leg.negotiation, state });
  }

  /** @param {DirectDescription | DirectCandidate} message */
  #say(message) {
    if (message.negotiation !== this.#current?.negotiation) return;
    if (!this.#send(message)) this.#unsaid.push(message);
  }

  #changed() {
    this.#hearing.listenTo(this.#shown?.line("microphone")?.receiver ?? null);
    const now = [this.#shown?.negotiation, this.sending !== null, this.code].join(" ");
    if (now === this.#told) return;
    this.#told = now;
    this.dispatchEvent(new Event("change"));
  }
}
