/** How fast a browser begins to send on a new connection to another browser. */

/**
 * Chromium begins with 300 kb/s and needs seconds to find that there is more; the node says better
 * in its answers (app/signalling/media/answer.py), and to each other browsers say nothing. Others
 * ignore it.
 *
 * @param {string} sdp the other side's description
 * @param {number} bps
 * @returns {string} the same, read by this browser as a wish for pictures of that rate
 */
export function withStartBitrate(sdp, bps) {
  const hint = `x-google-start-bitrate=${Math.round(bps / 1000)}`;
  const sections = sdp.split(/^(?=m=)/m);
  return sections.map((each) => (each.startsWith("m=video") ? hinted(each, hint) : each)).join("");
}

/** @param {string} section @param {string} hint */
function hinted(section, hint) {
  const codecs = section.matchAll(/^a=rtpmap:(\d+) (?:VP8|VP9|H264|AV1)\/90000/gm);
  return [...codecs].reduce((text, [, number]) => {
    const parameters = new RegExp(`^a=fmtp:${number} [^\\r\\n]*`, "m");
    if (parameters.test(text)) return text.replace(parameters, `$&;${hint}`);
    return text.replace(
      new RegExp(`^a=rtpmap:${number} [^\\r\\n]*`, "m"),
      `$&\r\na=fmtp:${number} ${hint}`,
    );
  }, section);
}
