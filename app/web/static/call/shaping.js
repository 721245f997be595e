/** How large a picture and how rich a sound a sender makes, and the browser's way to be told so. */

import { AT_FIRST, encodingsOf } from "./layers.js";

/**
 * @typedef {import("./messages.js").Source} Source
 * @typedef {import("./ladder.js").Encoding} Encoding
 */

/**
 * Sound goes first, in the browser's own shares and in the queues of networks that look at it.
 *
 * @param {Source} source
 * @param {MediaStreamTrack | null} track
 * @param {Encoding} encoding
 * @param {readonly string[]} [needed] rids of the layers that anybody is to have
 * @returns {RTCRtpEncodingParameters[]} one for each layer of a picture, from the lowest
 */
export function parametersOf(source, track, encoding, needed = AT_FIRST) {
  if (source === "microphone" || source === "screen-audio") {
    return [{ maxBitrate: encoding.audioBps, priority: "high", networkPriority: "high" }];
  }
  if (source === "screen") return [screenOf(encoding)];
  return encodingsOf(encoding, needed, (lines) => scaleOf(track, lines));
}

/**
 * Never smaller: text would not be legible. What the line does not carry comes less often.
 *
 * @param {Encoding} encoding
 * @returns {RTCRtpEncodingParameters}
 */
function screenOf({ active, videoBps }) {
  return { active, maxBitrate: videoBps, priority: "low", networkPriority: "low" };
}

/**
 * How much smaller the camera's picture becomes: its shorter side counts, so that a telephone held
 * upright sends as much as one held across.
 *
 * @param {MediaStreamTrack | null} track
 * @param {number} lines wanted
 */
function scaleOf(track, lines) {
  const { width = 0, height = 0 } = track?.getSettings() ?? {};
  return Math.max(1, Math.min(width, height) / lines);
}

/**
 * @typedef {RTCRtpEncodingParameters & { codec?: RTCRtpCodec }} Encoded of WebRTC Extensions
 *
 * @typedef {object} Shape
 * @property {RTCRtpEncodingParameters[]} encodings
 * @property {string} codec by its name in SDP; empty for the answer's first
 */

/** What each sender is to be next, and whether a change is under way. @type {WeakMap<RTCRtpSender, { next: Shape | null }>} */
const changes = new WeakMap();

/**
 * One change at a time, the newest last: the browser refuses one that was read before another.
 *
 * @param {RTCRtpSender} sender
 * @param {RTCRtpEncodingParameters[]} encodings
 * @param {string} [codec] of a picture
 */
export async function shaped(sender, encodings, codec = "") {
  const wanted = { encodings, codec };
  const underWay = changes.get(sender);
  if (underWay) {
    underWay.next = wanted;
    return;
  }
  const change = { next: /** @type {Shape | null} */ (wanted) };
  changes.set(sender, change);
  while (change.next) {
    const shape = change.next;
    change.next = null;
    // Refused by a connection that has just been closed: its successor begins with these.
    await apply(sender, shape).catch(() => undefined);
  }
  changes.delete(sender);
}

/**
 * A browser without layers sends the best one; so does one that was answered without them, which
 * may still list several, of which the first is sent.
 *
 * @param {RTCRtpSender} sender
 * @param {Shape} shape
 */
async function apply(sender, { encodings: wanted, codec: name }) {
  const parameters = sender.getParameters();
  const codec = parameters.codecs.find(({ mimeType }) => mimeType === `video/${name}`);
  parameters.encodings.forEach((/** @type {Encoded} */ encoding, place) => {
    const same = wanted.length > 1 && wanted.find(({ rid }) => rid === encoding.rid);
    const { rid: _, ...rest } = same || single(wanted);
    Object.assign(encoding, rest);
    if (codec) encoding.codec = codec;
    if (wanted.length === 1 && place > 0) encoding.active = false;
  });
  await sender.setParameters(parameters);
}

/** @param {RTCRtpEncodingParameters[]} wanted @returns {RTCRtpEncodingParameters} */
export function single(wanted) {
  const best = wanted.filter(({ active }) => active !== false).at(-1) ?? wanted.at(-1);
  return best ?? {};
}
