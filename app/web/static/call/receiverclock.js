/**
 * A receiver that tells its clock learns the round trip (RFC 3611 §4.4), and asks again for what it
 * misses after that long. Chromium supposes 100 ms without, and does not offer it by itself.
 */

/**
 * @param {string} sdp an offer as a browser made it
 * @returns {string} with the clock for each picture that is received and repaired
 */
export function withReceiverClock(sdp) {
  const sections = sdp.split(/(?=^m=)/m);
  return sections.map((section) => (isPicture(section) ? told(section) : section)).join("");
}

/** @param {string} section */
function isPicture(section) {
  return section.startsWith("m=video") && /^a=recvonly\r?$/m.test(section);
}

/** @param {string} section */
function told(section) {
  return section.replace(/^(a=rtcp-fb:\S+) nack\r\n/gm, "$&$1 rrtr\r\n");
}
