/**
 * A media node for tests, in the page itself: answers offers with the browser's own peer
 * connections, and hands what is published back to whoever subscribes.
 */

/** @type {Map<string, MediaStreamTrack>} track id → what arrives */
const arriving = new Map();
/** A wish for a track that is not there waits until it appears.
 * @type {Map<RTCPeerConnection, Record<string, string | null>>} */
const wishes = new Map();
/** @type {Map<string, RTCPeerConnection>} fingerprint → the connection that answers it */
const known = new Map();

/**
 * @param {string} sdp
 * @param {Record<string, string>} tracks mid → track id
 */
export async function publish(sdp, tracks) {
  const pc = connectionOf(sdp);
  pc.ontrack = ({ transceiver, track }) => {
    arriving.set(tracks[transceiver.mid ?? ""] ?? "", track);
    for (const [viewer, wanted] of wishes) apply(viewer, wanted);
  };
  return answer(pc, sdp, "recvonly");
}

/**
 * @param {string} sdp
 * @param {Record<string, string | null>} wanted mid → track id
 */
export async function subscribe(sdp, wanted) {
  const pc = connectionOf(sdp);
  const answered = await answer(pc, sdp, "sendonly");
  select(sdp, wanted);
  return answered;
}

/** @param {string} sdp @param {Record<string, string | null>} wanted */
export function select(sdp, wanted) {
  wishes.set(connectionOf(sdp), wanted);
  apply(connectionOf(sdp), wanted);
}

/** @param {RTCPeerConnection} pc @param {Record<string, string | null>} wanted */
function apply(pc, wanted) {
  for (const transceiver of pc.getTransceivers()) {
    const track = arriving.get(wanted[transceiver.mid ?? ""] ?? "") ?? null;
    void transceiver.sender.replaceTrack(track);
  }
}

/** The node goes down: every connection is gone without a word. */
export function stop() {
  for (const pc of known.values()) pc.close();
  for (const each of [known, arriving, wishes]) each.clear();
}

/** @param {string} sdp */
function connectionOf(sdp) {
  const fingerprint = /a=fingerprint:(.*)/.exec(sdp)?.[1] ?? "";
  const pc = known.get(fingerprint) ?? new RTCPeerConnection();
  known.set(fingerprint, pc);
  return pc;
}

/** @param {RTCPeerConnection} pc @param {string} sdp @param {RTCRtpTransceiverDirection} way */
async function answer(pc, sdp, way) {
  await pc.setRemoteDescription({ type: "offer", sdp });
  for (const transceiver of pc.getTransceivers()) transceiver.direction = way;
  await pc.setLocalDescription();
  await new Promise((resolve) => {
    const done = () => pc.iceGatheringState === "complete" && resolve(undefined);
    pc.onicegatheringstatechange = done;
    done();
  });
  return pc.localDescription?.sdp ?? "";
}
