/** Whether sound and picture really come, by what was decoded and received. */

import { statsOf } from "./quality.js";

const EVERY_MS = 40;

/**
 * @typedef {object} Lines
 * @property {RTCPeerConnection | null} pc
 * @property {{ mid: string | null, kind: "audio" | "video" }[]} lines on which something is to come
 */

/**
 * Asks `linesNow` again each time, since connections and lines may change meanwhile.
 *
 * @param {() => Lines} linesNow
 * @param {number} withinMs
 * @param {() => boolean} isOver nobody waits any more
 * @returns {Promise<boolean>} true once each line has brought something new: a picture, or sound
 */
export async function arrived(linesNow, withinMs, isOver) {
  const until = performance.now() + withinMs;
  /** @type {WeakMap<RTCPeerConnection, Map<string, number>>} */
  const before = new WeakMap();
  while (!isOver()) {
    const { pc, lines } = linesNow();
    const counts = await countsOf(pc);
    if (pc && !before.has(pc)) before.set(pc, counts);
    const first = pc ? before.get(pc) : undefined;
    const grew = (/** @type {string | null} */ mid) =>
      mid !== null && (counts.get(mid) ?? 0) > (first?.get(mid) ?? 0);
    if (lines.every(({ mid }) => grew(mid))) return true;
    if (performance.now() >= until) return false;
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
  return false;
}

/** @param {RTCPeerConnection | null} pc @returns {Promise<Map<string, number>>} by mid */
async function countsOf(pc) {
  const inbound = (await statsOf(pc)).filter(({ type }) => type === "inbound-rtp");
  return new Map(
    inbound.map((stat) => {
      const name = stat["kind"] === "video" ? "framesDecoded" : "packetsReceived";
      return [String(stat["mid"]), Number(stat[name]) || 0];
    }),
  );
}
