/**
 * The media connections of one person, as one thing: both to the node, and at times a direct one
 * beside them. What comes from the room goes to the right one.
 */

import { DirectCall } from "./direct.js";
import { onNetworkChange } from "./network.js";
import { Publisher } from "./publisher.js";
import { Subscriber } from "./subscriber.js";

/**
 * @typedef {import("./messages.js").ServerMessage} ServerMessage
 * @typedef {import("./messages.js").ClientMessage} ClientMessage
 * @typedef {import("./messages.js").Track} Track
 * @typedef {import("./messages.js").Source} Source
 */

/**
 * Events: `state` (read `state`), `tracks` (ask `mediaTrack` again), `speaking` (read `heard`),
 * `doubt`, `life` and `rejoin` of either connection (see connection.js).
 */
export class CallMedia extends EventTarget {
  /** @type {Publisher} */
  #publisher;
  /** @type {Subscriber} */
  #subscriber;
  /** @type {DirectCall} */
  #direct;
  #isHeld = false;
  #unlisten = new AbortController();

  /**
   * @param {(message: ClientMessage) => boolean} send false when the line is not live
   * @param {import("./publisher.js").How & { configuration?: RTCConfiguration }} [how] as for a Consultation
   */
  constructor(send, { configuration, ...how } = {}) {
    super();
    const options = { send, ...(configuration ? { configuration } : {}) };
    this.#publisher = new Publisher({ ...options, ...how });
    this.#subscriber = new Subscriber(options);
    const subscriber = this.#subscriber;
    const node = () => ({ pc: subscriber.pc, midOf: (/** @type {string} */ id) => subscriber.midOf(id) });
    this.#direct = new DirectCall({ ...options, node });
    for (const connection of this.#both) {
      for (const type of ["state", "doubt", "life", "rejoin"]) {
        connection.addEventListener(type, () => this.dispatchEvent(new Event(type)));
      }
    }
    this.#subscriber.addEventListener("tracks", () => this.dispatchEvent(new Event("tracks")));
    this.#direct.addEventListener("change", () => this.#directChanged());
    this.#direct.addEventListener("speaking", () => this.dispatchEvent(new Event("speaking")));
    const restart = () => {
      this.dispatchEvent(new Event("doubt"));
      this.#both.forEach((connection) => void connection.restart());
    };
    onNetworkChange(restart, this.#unlisten.signal);
  }

  get #both() {
    return [this.#publisher, this.#subscriber];
  }

  /** Of receiving, which is what a person notices. */
  get state() {
    return this.#direct.showing ? "connected" : this.#subscriber.state;
  }

  /** What two compare in a direct call; else empty (code.js). */
  get code() {
    return this.#direct.code;
  }

  /** In a direct call, whether the other one speaks: the node does not hear it. */
  get heard() {
    return this.#direct.heard;
  }

  /** See Publisher. */
  get wantedBps() {
    return this.#publisher.wantedBps;
  }

  get isConnected() {
    return this.#both.every(({ state }) => state === "connected");
  }

  /** On which is sent and received, for measurements (quality.js): in a direct call one for both. */
  get connections() {
    return {
      publishing: this.#direct.sending ?? this.#publisher.pc,
      receiving: this.#direct.showing ?? this.#subscriber.pc,
    };
  }

  /** Makes both first offers; nothing has to be live yet. */
  start() {
    for (const connection of this.#both) connection.start();
  }

  /** @param {RTCConfiguration} ways see MediaConnection */
  configure(ways) {
    for (const connection of [...this.#both, this.#direct]) connection.configure(ways);
  }

  /** The room knows us: offers may be said. Receiving first, it is what is waited for. */
  signallingLive() {
    this.#subscriber.signallingLive();
    this.#publisher.signallingLive();
    this.#direct.signallingLive();
  }

  signallingLost() {
    for (const connection of [...this.#both, this.#direct]) connection.signallingLost();
  }

  /** The node does not know our connections any more. */
  rebuild() {
    for (const connection of this.#both) connection.lost();
  }

  /** @param {ServerMessage} message */
  received(message) {
    if (message.type === "answer") {
      void this.#connection(message.connection).answered(message.offer_id, message.sdp);
    }
    if (message.type === "connection_lost") {
      this.#connection(message.connection).lostByNode();
    }
    if (message.type === "codecs") this.#publisher.take(message.source, message.codecs);
    if (message.type === "layers") this.#publisher.need(message.source, message.layers);
    if (message.type === "error") this.#refused(message);
    this.#direct.received(message);
  }

  /** @param {boolean} held see Publisher */
  hold(held) {
    this.#isHeld = held;
    this.#holdPublisher();
  }

  /** A direct call comes and goes as the room says. @param {import("./room.js").Room} room */
  follow(room) {
    this.#direct.follow(room);
  }

  /** The room begins from a snapshot: what it said of a direct call before is over. */
  restarted() {
    this.#direct.restarted();
  }

  /**
   * @param {Source} source
   * @param {MediaStreamTrack | null} track
   * @param {boolean} muted
   */
  publish(source, track, muted) {
    this.#publisher.set(source, track, muted);
    this.#direct.set(source, track);
  }

  /** @param {import("./ladder.js").Encoding} encoding see Publisher */
  shape(encoding) {
    this.#publisher.shape(encoding);
    this.#direct.shape(encoding);
  }

  /** @param {Track[]} tracks exactly what to receive */
  want(tracks) {
    this.#subscriber.want(tracks);
  }

  /** @param {Map<string, number>} shown see Subscriber */
  show(shown) {
    this.#subscriber.show(shown);
  }

  /** @param {Track} track @returns {MediaStreamTrack | null} what arrives for it */
  mediaTrack(track) {
    return this.#direct.mediaTrack(track) ?? this.#subscriber.mediaTrack(track.id);
  }

  close() {
    this.#unlisten.abort();
    for (const connection of [...this.#both, this.#direct]) connection.close();
  }

  #directChanged() {
    this.#holdPublisher();
    for (const type of ["state", "tracks", "speaking"]) this.dispatchEvent(new Event(type));
  }

  /** What goes directly need not go to the node as well; its connections stay, to be ready. */
  #holdPublisher() {
    this.#publisher.hold(this.#isHeld || this.#direct.sending !== null);
  }

  /** @param {import("./messages.js").Error} error */
  #refused({ code, offer_id: offerId }) {
    if (offerId === null || offerId === undefined) return;
    for (const connection of this.#both) {
      connection.refused(offerId, { forGood: code === "not_allowed" });
    }
  }

  /** @param {"publish" | "subscribe"} kind */
  #connection(kind) {
    return kind === "publish" ? this.#publisher : this.#subscriber;
  }
}
