/**
 * Both media connections of one person, as one thing: what comes from the room goes to the right
 * one of them.
 */

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
 * Events: `state` (read `state`), `tracks` (ask `mediaTrack` again), `doubt`, `life` and `rejoin` of
 * either connection (see connection.js).
 */
export class CallMedia extends EventTarget {
  /** @type {Publisher} */
  #publisher;
  /** @type {Subscriber} */
  #subscriber;
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
    for (const connection of this.#both) {
      for (const type of ["state", "doubt", "life", "rejoin"]) {
        connection.addEventListener(type, () => this.dispatchEvent(new Event(type)));
      }
    }
    this.#subscriber.addEventListener("tracks", () => this.dispatchEvent(new Event("tracks")));
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
    return this.#subscriber.state;
  }

  get isConnected() {
    return this.#both.every(({ state }) => state === "connected");
  }

  /** For measurements (quality.js). */
  get connections() {
    return { publishing: this.#publisher.pc, receiving: this.#subscriber.pc };
  }

  /** Makes both first offers; nothing has to be live yet. */
  start() {
    for (const connection of this.#both) connection.start();
  }

  /** @param {RTCConfiguration} ways see MediaConnection */
  configure(ways) {
    for (const connection of this.#both) connection.configure(ways);
  }

  /** The room knows us: offers may be said. Receiving first, it is what is waited for. */
  signallingLive() {
    this.#subscriber.signallingLive();
    this.#publisher.signallingLive();
  }

  signallingLost() {
    for (const connection of this.#both) connection.signallingLost();
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
  }

  /** @param {boolean} held see Publisher */
  hold(held) {
    this.#publisher.hold(held);
  }

  /**
   * @param {Source} source
   * @param {MediaStreamTrack | null} track
   * @param {boolean} muted
   */
  publish(source, track, muted) {
    this.#publisher.set(source, track, muted);
  }

  /** @param {import("./ladder.js").Encoding} encoding see Publisher */
  shape(encoding) {
    this.#publisher.shape(encoding);
  }

  /** @param {Track[]} tracks exactly what to receive */
  want(tracks) {
    this.#subscriber.want(tracks);
  }

  /** @param {string} trackId @returns {MediaStreamTrack | null} */
  mediaTrack(trackId) {
    return this.#subscriber.mediaTrack(trackId);
  }

  close() {
    this.#unlisten.abort();
    for (const connection of this.#both) connection.close();
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
