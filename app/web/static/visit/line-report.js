/** Keeps what a check of the line found out, for whoever helps this person later. */

import { thisBrowser } from "../call/failures.js";
import { report } from "../report.js";

/** @typedef {import("../call/linecheck.js").LineCheck} LineCheck */

const MOST_ROUND_TRIP_MS = 60_000;

/**
 * Nothing that tells one person or device from another: no address, no full name of a browser.
 *
 * @param {LineCheck} check
 * @param {string} id this check's own, so that a repeat is no second one
 * @returns {Record<string, unknown>}
 */
export function lineReportOf({ verdict, reading, ways }, id) {
  const { udp = null, tcp = null, relay = null } = ways?.answered ?? {};
  const trip = reading?.roundTripMs ?? null;
  return {
    id,
    verdict,
    way: ways?.way ?? "",
    udp_answered: udp,
    tcp_answered: tcp,
    relay_answered: relay,
    round_trip_ms: trip === null ? null : Math.min(Math.round(trip), MOST_ROUND_TRIP_MS),
    loss: reading?.loss ?? null,
    sending_loss: reading?.sendingLoss ?? null,
    received_kbps: reading?.kilobitsPerSecond ?? null,
    sent_kbps: reading?.kilobitsPerSecondSent ?? null,
    browser: thisBrowser(),
  };
}

/**
 * @param {string} encounterId
 * @param {LineCheck} check
 * @returns {Promise<void>} never throws
 */
export async function keepLineCheck(encounterId, check) {
  // One who is in the call already had no check.
  if (check.verdict === "in-call") return;
  const found = lineReportOf(check, crypto.randomUUID());
  await report(`/api/v1/encounters/${encodeURIComponent(encounterId)}/line-checks`, (agoMs) => ({
    ...found,
    checked_ms_ago: agoMs,
  }));
}
