/**
 * By which ways a line carries media, as the browser's connectivity checks found out: UDP, TCP, or
 * a relay (RFC 8445 §6.1.2.6, RFC 8656). Pure.
 */

/**
 * @typedef {import("./quality.js").Stat} Stat
 * @typedef {"udp" | "tcp" | "relay"} Way
 *
 * @typedef {object} LineWays
 * @property {Way | ""} way that media take; empty where they take none
 * @property {Record<Way, boolean | null>} answered null where it was not found out
 */

/** As browsers prefer them: of what comes after the one that works, an answer is not waited for. */
const PREFERENCE = /** @type {const} */ (["udp", "tcp", "relay"]);

/**
 * @param {Stat[]} stats of one peer connection, some seconds after its first checks
 * @param {boolean} hasRelays whether there are relays to be asked
 * @returns {LineWays}
 */
export function lineWaysOf(stats, hasRelays) {
  const locals = stats.filter(({ type }) => type === "local-candidate");
  const wayOf = (/** @type {unknown} */ id) => wayOfLocal(locals.find((local) => local["id"] === id));
  const pairs = stats.filter(({ type }) => type === "candidate-pair");
  const by = (/** @type {Way} */ way) =>
    pairs.filter((pair) => wayOf(pair["localCandidateId"]) === way);
  const used = PREFERENCE.find((way) => by(way).some(isInUse)) ?? "";
  // Chromium forgets pairs that did not answer once another one did: what it had to try with tells.
  const isTried = (/** @type {Way} */ way) =>
    locals.some((local) => wayOfLocal(local) === way) ||
    (way === "relay" && hasRelays && locals.length > 0);
  const answeredBy = (/** @type {Way} */ way) => {
    if (by(way).some(isAnswered)) return true;
    const isWaitedFor = !used || PREFERENCE.indexOf(way) < PREFERENCE.indexOf(used);
    return isWaitedFor && isTried(way) ? false : null;
  };
  return {
    way: used,
    answered: { udp: answeredBy("udp"), tcp: answeredBy("tcp"), relay: answeredBy("relay") },
  };
}

/** @param {Stat | undefined} local @returns {Way} */
function wayOfLocal(local) {
  if (local?.["candidateType"] === "relay") return "relay";
  return local?.["protocol"] === "tcp" ? "tcp" : "udp";
}

/** @param {Stat} pair */
function isAnswered(pair) {
  return pair["state"] === "succeeded" || Number(pair["responsesReceived"]) > 0;
}

/** @param {Stat} pair */
function isInUse(pair) {
  return pair["nominated"] === true && pair["state"] === "succeeded";
}
