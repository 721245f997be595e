/** One RTCPeerConnection, and what was said of it. A MediaConnection has one, at times two. */

import { felt, noPulse } from "./pulse.js";
import { statsOf } from "./quality.js";

/**
 * @typedef {import("./messages.js").ClientMessage} ClientMessage
 * @typedef {import("./messages.js").Offer} Offer
 */

/** Offer ids rise over the whole page, so that no answer fits two offers. */
let lastOfferId = 0;

export class Leg {
  /** Made when it is said, so that it tells the newest state.
   * @type {{ id: number, message: () => ClientMessage } | null}
   */
  unanswered = null;
  /** Whether the node knows this peer connection. */
  isAnswered = false;
  /** Whether the node may have heard of it. */
  isSaid = false;
  wasConnected = false;
  /** Ready, but not to be said: the one in use is only in doubt. */
  isHeldBack = false;
  pulse = noPulse(performance.now());

  /** @param {RTCPeerConnection} pc */
  constructor(pc) {
    this.pc = pc;
  }

  /**
   * The next offer, to be answered before it counts.
   *
   * @param {(offer: Offer) => ClientMessage} messageOf
   * @returns {Promise<boolean>} false when the connection was closed meanwhile
   */
  async offer(messageOf) {
    await this.pc.setLocalDescription().catch(() => undefined);
    const { localDescription, signalingState } = this.pc;
    if (!localDescription || signalingState !== "have-local-offer") return false;
    lastOfferId += 1;
    const offer = { id: lastOfferId, sdp: localDescription.sdp };
    this.unanswered = { id: offer.id, message: () => messageOf(offer) };
    return true;
  }

  /** @param {number} offerId @returns {boolean} whether the answer to that is still awaited */
  awaits(offerId) {
    return this.unanswered?.id === offerId;
  }

  /** @param {string} sdp Throws what setRemoteDescription throws. */
  async answered(sdp) {
    this.unanswered = null;
    this.isAnswered = true;
    if (this.pc.signalingState !== "have-local-offer") return;
    await this.pc.setRemoteDescription({ type: "answer", sdp });
  }

  /** @returns {Promise<number>} when the pulse was felt: `performance.now` */
  async feel() {
    const stats = await statsOf(this.pc);
    const atMs = performance.now();
    this.pulse = felt(this.pulse, stats, atMs);
    return atMs;
  }
}
