/**
 * The camera's picture in layers (RFC 8853): each viewer gets the one that its line carries. Of
 * these only what somebody is to have is sent, and none above what our own line carries. Pure.
 */

/**
 * @typedef {import("./ladder.js").Encoding} Encoding
 * @typedef {object} Layer
 * @property {string} rid
 * @property {number} lines of the picture's shorter side
 * @property {number} bps at most, where a better layer is sent beside it
 */

/** From the lowest. The lowest fits the thinnest 4G uplinks. @type {readonly Layer[]} */
export const LAYERS = [
  { rid: "q", lines: 180, bps: 150_000 },
  { rid: "h", lines: 360, bps: 500_000 },
  { rid: "f", lines: 720, bps: 2_500_000 },
];

/** Blown up by a quarter a picture looks as sharp. */
const ENOUGH = 0.8;

/** Until the room says otherwise the best alone: with one viewer, layers cost nothing. */
export const AT_FIRST = ["f"];

/**
 * @param {Encoding} encoding what the ladder allows
 * @param {readonly string[]} needed rids of the layers that anybody is to have
 * @param {(lines: number) => number} scale how much smaller the picture becomes for these lines
 * @returns {RTCRtpEncodingParameters[]} one for each layer, from the lowest
 */
export function encodingsOf(encoding, needed, scale) {
  const top = LAYERS.findIndex(({ lines }) => lines >= encoding.lines);
  const sent = new Set(needed.map((rid) => Math.min(top, place(rid))));
  return LAYERS.map(({ rid, lines, bps }, index) => ({
    rid,
    active: encoding.active && sent.has(index),
    maxBitrate: index === top ? encoding.videoBps : Math.min(bps, encoding.videoBps),
    maxFramerate: encoding.fps,
    scaleResolutionDownBy: scale(index === top ? encoding.lines : lines),
    priority: /** @type {const} */ ("low"),
    networkPriority: /** @type {const} */ ("low"),
  }));
}

/**
 * @param {number} lines of the picture's shorter side that there is room for, in dots of the screen
 * @returns {number | null} how many a layer has to have; null where the best is of use
 */
export function linesOfUse(lines) {
  const best = LAYERS.length - 1;
  const found = LAYERS.findIndex((layer) => layer.lines >= lines * ENOUGH);
  return found < 0 || found === best ? null : LAYERS[found]?.lines ?? null;
}

/** @param {readonly string[]} needed rids @returns {number} what these layers take at most */
export function bpsOf(needed) {
  const sent = new Set(needed.map(place));
  return LAYERS.reduce((total, { bps }, index) => total + (sent.has(index) ? bps : 0), 0);
}

/** @param {string} rid one that we do not have is the best */
function place(rid) {
  const found = LAYERS.findIndex((layer) => layer.rid === rid);
  return found < 0 ? LAYERS.length - 1 : found;
}
