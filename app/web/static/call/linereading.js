/** The line as the publishing connection's own statistics show it, for the ladder. Pure. */

import { cameOver } from "./pulse.js";

/**
 * @typedef {import("./ladder.js").Reading} Reading
 * @typedef {import("./quality.js").Stat} Stat
 *
 * @typedef {object} Pulse when anything last came from the service
 * @property {string} connection which peer connection's counter this is
 * @property {number} came
 * @property {number} atMs
 */

/**
 * Whatever comes moves the pulse: feedback, reports, answers to connectivity checks. A connection
 * built anew starts its counter anew, and that alone is no sign of life.
 *
 * @param {Pulse} before
 * @param {Stat[]} stats
 * @param {string} connection
 * @param {number} atMs
 * @returns {Pulse}
 */
export function pulseOf(before, stats, connection, atMs) {
  const came = cameOver(stats);
  const base = connection === before.connection ? before.came : 0;
  return { connection, came, atMs: came > base ? atMs : before.atMs };
}

/**
 * @typedef {object} Around
 * @property {number} atMs
 * @property {Pulse} pulse
 * @property {number | null} photoBps
 * @property {boolean} hasPicture
 * @property {boolean} sendsPicture whether the ladder lets it be sent: Firefox says of no stream
 *   whether it is active
 */

/**
 * @param {Stat[]} stats of the publishing connection
 * @param {Around} around
 * @returns {Reading}
 */
export function readingOf(stats, { atMs, pulse, photoBps, hasPicture, sendsPicture }) {
  const outbound = stats.filter(({ type, kind }) => type === "outbound-rtp" && kind === "video");
  const sends = sendsPicture ? outbound.filter((stat) => stat["active"] !== false) : [];
  return {
    atMs,
    estimateBps: estimateOf(stats),
    videoBps: targetOf(sends),
    loss: lossOf(stats, sends),
    roundTripMs: roundTripOf(stats),
    silentMs: atMs - pulse.atMs,
    photoBps,
    hasPicture,
  };
}

/**
 * Chromium leaves out a target of nothing, Firefox each one.
 *
 * @param {Stat[]} sends
 */
function targetOf(sends) {
  const telling = sends.filter((stat) => "active" in stat || "targetBitrate" in stat);
  if (telling.length === 0) return null;
  return telling.reduce((total, stat) => total + (Number(stat["targetBitrate"]) || 0), 0);
}

/** Between browsers several pairs are nominated, one after the other; that in use has an estimate. */
/** @param {Stat[]} stats */
function estimateOf(stats) {
  const pairs = stats.filter((stat) => stat.type === "candidate-pair" && stat["nominated"] === true);
  const estimates = pairs.map((stat) => stat["availableOutgoingBitrate"]);
  return estimates.find((estimate) => typeof estimate === "number") ?? null;
}

/**
 * Of sound alone the node reports the worst on the whole way, seldom; of a picture its own view,
 * every second.
 *
 * @param {Stat[]} stats
 * @param {Stat[]} sends the layers of the picture that are sent
 */
function lossOf(stats, sends) {
  const kind = sends.length > 0 ? "video" : "audio";
  const ids = sends.map((stat) => stat["id"]);
  const reports = stats.filter(({ type, kind: of }) => type === "remote-inbound-rtp" && of === kind);
  // One on a layer that is not sent any more is old.
  const fresh = reports.filter((stat) => ids.includes(stat["localId"]));
  const lost = (fresh.length > 0 ? fresh : reports).map((stat) => stat["fractionLost"]);
  const known = lost.filter((share) => typeof share === "number");
  return known.length > 0 ? Math.max(...known) : null;
}

/** The newest report's, of sound: it comes every second and waits behind no picture. */
/** @param {Stat[]} stats */
function roundTripOf(stats) {
  const trips = stats.flatMap((stat) => {
    const trip = stat.type === "remote-inbound-rtp" ? stat["roundTripTime"] : undefined;
    return typeof trip === "number" && trip > 0 ? [trip * 1000] : [];
  });
  return trips.length > 0 ? Math.min(...trips) : null;
}
