/** The peer connection in use, and at most one beside it that is to take over: what there is of
 * each, and which of them is spoken of. When to make or drop one is connection.js's to say. */

import { Leg } from "./leg.js";

/**
 * @typedef {object} Owner
 * @property {(pc: RTCPeerConnection) => void} lines puts the transceivers on a new one
 * @property {(pc: RTCPeerConnection) => void} forget one is no more
 * @property {(leg: Leg) => void} changed its `connectionState`
 */

export class Legs {
  /** @type {Leg | null} */
  inUse = null;
  /** @type {Leg | null} */
  beside = null;
  /** Of those there are, and of the next. @type {RTCConfiguration} */
  configuration;
  /** @type {Owner} */
  #owner;

  /** @param {RTCConfiguration} configuration @param {Owner} owner */
  constructor(configuration, owner) {
    this.configuration = configuration;
    this.#owner = owner;
  }

  /** The one of which the room is told. */
  get spokenOf() {
    return this.beside && !this.beside.isHeldBack ? this.beside : this.inUse;
  }

  /** @param {number} offerId @returns {Leg | null} the one that waits for that answer */
  awaiting(offerId) {
    return [this.beside, this.inUse].find((leg) => leg?.awaits(offerId)) ?? null;
  }

  /** @param {RTCConfiguration} configuration */
  configure(configuration) {
    this.configuration = configuration;
    for (const leg of [this.inUse, this.beside]) leg?.pc.setConfiguration(configuration);
  }

  /** A new one in use; one that was, gives way. */
  begin() {
    const before = this.inUse;
    this.inUse = this.#made();
    if (before) this.discard(before);
    return this.inUse;
  }

  /** A new one beside; one that was, gives way. */
  challenge() {
    this.dropBeside();
    this.beside = this.#made();
    return this.beside;
  }

  dropBeside() {
    const dropped = this.beside;
    this.beside = null;
    if (dropped) this.discard(dropped);
  }

  /** The one beside is in use now. @returns {Leg | null} the one before, to be discarded */
  promote() {
    const before = this.inUse;
    [this.inUse, this.beside] = [this.beside, null];
    if (before) before.pc.onconnectionstatechange = null;
    return before;
  }

  /** @param {Leg} leg */
  discard(leg) {
    leg.pc.onconnectionstatechange = null;
    leg.pc.close();
    this.#owner.forget(leg.pc);
  }

  close() {
    this.dropBeside();
    if (this.inUse) this.discard(this.inUse);
    this.inUse = null;
  }

  #made() {
    const leg = new Leg(new RTCPeerConnection(this.configuration));
    leg.pc.onconnectionstatechange = () => {
      if (leg === this.inUse || leg === this.beside) this.#owner.changed(leg);
    };
    this.#owner.lines(leg.pc);
    return leg;
  }
}
