/**
 * Whether a connection lives, by what has come over it. Pure: statistics in, milliseconds out.
 *
 * The node says something at least four times a second on a line that receives, and answers what is
 * sent twenty times a second (transport-wide feedback). A line on which we send nothing may be
 * quiet for the 2.5 s between two connectivity checks.
 */

/** A receiving line, or one we send on, that is silent for this long is in doubt. */
export const DOUBT_MS = 500;
/** And for this long it is lost. */
export const LOST_MS = 1_000;
const QUIET_MS = 6_000;
/** Whoever has been heard for so long without a longer pause is missed when silent. */
const STEADY_MS = 500;
/** A page that slept must not take its own slowness for a dead line: so much of it counts. In the
 * background, where a page may look once a second, a dead line is then known after four looks. */
const SLEPT_MS = 600;
const SLEPT_COUNTS_MS = 300;

/**
 * @typedef {import("./quality.js").Stat} Stat
 *
 * @typedef {object} Pulse
 * @property {number} came what has come so far: octets, reports and answers to checks, added up
 * @property {number} beatAtMs when that last grew
 * @property {number} cameAtMs the same, moved on by the time in which the page slept
 * @property {number} steadyFromMs since when it has grown without a pause
 * @property {number} sent packets of sound and picture so far
 * @property {number} sentAtMs when that last grew
 * @property {number} lookedAtMs
 * @property {boolean} beats whether anything ever came, so that its absence means something
 */

/**
 * Of a connection that has just come up. Who was missed when silent on the one before is missed on
 * this one from the start: it may have come up in the moment of a change, and be dead again.
 *
 * @param {number} atMs
 * @param {Pulse} [before] of the one before
 * @returns {Pulse}
 */
export function noPulse(atMs, before) {
  const never = { came: 0, sent: 0, sentAtMs: -Infinity, beats: false };
  const steadyFromMs = before && isSteady(before) ? atMs - STEADY_MS : atMs;
  return { ...never, beatAtMs: atMs, cameAtMs: atMs, steadyFromMs, lookedAtMs: atMs };
}

/**
 * All that has come over a connection: octets, and answers to connectivity checks, added up.
 * Firefox counts them by pair of candidates alone.
 *
 * @param {Stat[]} stats
 */
export function cameOver(stats) {
  return total(stats, ["transport", "candidate-pair"], ["bytesReceived", "responsesReceived"]);
}

/**
 * @param {Pulse} before
 * @param {Stat[]} stats
 * @param {number} atMs
 * @returns {Pulse}
 */
export function felt(before, stats, atMs) {
  const came = cameOver(stats);
  const sent = total(stats, ["outbound-rtp"], ["packetsSent"]);
  const grew = came > before.came;
  const pauseMs = atMs - before.lookedAtMs;
  const sleptMs = pauseMs > SLEPT_MS ? pauseMs - SLEPT_COUNTS_MS : 0;
  const silentMs = atMs - before.cameAtMs - sleptMs;
  return {
    // Less when the browser forgot a pair of candidates: no sign of life, and no sign of death.
    came,
    beatAtMs: grew ? atMs : before.beatAtMs,
    cameAtMs: grew ? atMs : before.cameAtMs + sleptMs,
    steadyFromMs: grew && silentMs > STEADY_MS ? atMs : before.steadyFromMs,
    sent: Math.max(sent, before.sent),
    sentAtMs: sent > before.sent ? atMs : before.sentAtMs,
    lookedAtMs: atMs,
    beats: before.beats || grew,
  };
}

/**
 * How long something is overdue, counted like a line that always has traffic: compare with DOUBT_MS
 * and LOST_MS.
 *
 * @param {Pulse} pulse
 * @param {"publish" | "subscribe"} kind
 * @param {number} atMs
 * @returns {number}
 */
export function overdueMs(pulse, kind, atMs) {
  if (!pulse.beats) return 0;
  const silentMs = atMs - pulse.cameAtMs;
  const isAnswered = kind === "subscribe" || pulse.sentAtMs >= atMs - LOST_MS;
  return isSteady(pulse) && isAnswered ? silentMs : Math.max(0, silentMs - QUIET_MS + LOST_MS);
}

/** @param {Pulse} pulse */
function isSteady({ cameAtMs, steadyFromMs }) {
  return cameAtMs - steadyFromMs >= STEADY_MS;
}

/** @param {Stat[]} stats @param {string[]} types @param {string[]} names */
function total(stats, types, names) {
  let sum = 0;
  for (const stat of stats) {
    if (!types.includes(stat.type)) continue;
    for (const name of names) sum += Number(stat[name]) || 0;
  }
  return sum;
}
