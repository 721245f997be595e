/** The short code that two people compare, over the certificates of their direct connection. */

/** Spoken in six breaths. */
const GROUPS = 6;
const DIGITS = 5;

/**
 * Thirty digits, the same on both sides as long as nobody stands between: 99 bits of SHA-256 over
 * both fingerprints (RFC 8122 §5), sorted, so that it does not matter whose is whose.
 *
 * The browsers check each other's certificate against these fingerprints (RFC 8827 §6.5); the code
 * shows whether both were told the same two. Whoever wanted to stand between without being heard
 * would need a pair of certificates of their own with which both codes agree. Our certificates are
 * new for each connection and are known only once it is negotiated, and a page takes no second
 * certificate in one negotiation, so that the search has to end before a few seconds are over
 * (direct.js): 2^99 tries against one side, or 2^50 on each where both are searched together.
 *
 * It proves nothing of the page itself: who can change the page's script can change what it shows.
 *
 * @param {string} one SDP
 * @param {string} other SDP
 * @returns {Promise<string>} "12345 67890 …"; empty where one of them has no single fingerprint
 */
export async function codeOf(one, other) {
  const fingerprints = [fingerprintOf(one), fingerprintOf(other)].sort();
  if (fingerprints.includes("")) return "";
  const text = new TextEncoder().encode(`direct call ${fingerprints.join(" ")}`);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  const number = hash.reduce((sum, octet) => sum * 256n + BigInt(octet), 0n);
  const digits = String(number % 10n ** BigInt(GROUPS * DIGITS)).padStart(GROUPS * DIGITS, "0");
  return (digits.match(/.{5}/g) ?? []).join(" ");
}

/**
 * The one certificate of a description: with a second one, the code could be over another than the
 * one in use.
 *
 * @param {string} sdp
 * @returns {string} in capitals; empty where there is none, more than one, or another hash
 */
export function fingerprintOf(sdp) {
  const lines = sdp.match(/^a=fingerprint:.*$/gim) ?? [];
  const found = new Set(lines.map((line) => line.trim().toUpperCase()));
  const [only = ""] = found;
  const isPlain = /^A=FINGERPRINT:SHA-256 [0-9A-F]{2}(:[0-9A-F]{2}){31}$/.test(only);
  return found.size === 1 && isPlain ? only.slice("A=FINGERPRINT:SHA-256 ".length) : "";
}
