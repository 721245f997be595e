"""A WHIP client and a WHEP player in a few lines of a page's script: trickle, restart, DELETE."""

SCRIPT = r"""
const FRAGMENT = "application/trickle-ice-sdpfrag";
const lineOf = (sdp, name) => sdp.match(new RegExp(`^${name}.*$`, "m"))[0].trim();

async function ask(method, type, body, more = {}) {
  const { url, session, token } = window.device;
  const headers = { Authorization: `Bearer ${token}`, ...more };
  if (type) headers["Content-Type"] = type;
  const answer = await fetch(method === "POST" ? url : session, { method, headers, body });
  if (!answer.ok) throw new Error(`${method}: ${answer.status} ${await answer.text()}`);
  return answer;
}

async function start(url, token, connection) {
  window.device = { url, token, connection, candidates: [] };
  connection.addEventListener("icecandidate", ({ candidate }) => {
    if (candidate?.candidate && candidate.sdpMLineIndex === 0)
      window.device.candidates.push(`a=${candidate.candidate}`);
  });
  await connection.setLocalDescription();
  const answer = await ask("POST", "application/sdp", connection.localDescription.sdp);
  window.device.session = new URL(answer.headers.get("Location"), url).href;
  window.device.etag = answer.headers.get("ETag");
  await connection.setRemoteDescription({ type: "answer", sdp: await answer.text() });
}

async function publish(url, token) {
  const video = { width: 640, height: 360, frameRate: 25 };
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video });
  const connection = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  for (const track of stream.getTracks())
    connection.addTransceiver(track, { direction: "sendonly", streams: [stream] });
  await start(url, token, connection);
}

async function watch(url, token) {
  const connection = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  for (const kind of ["audio", "video"]) connection.addTransceiver(kind, { direction: "recvonly" });
  const video = Object.assign(document.createElement("video"), { autoplay: true, muted: true });
  video.srcObject = new MediaStream(connection.getReceivers().map(({ track }) => track));
  document.body.append(video);
  await start(url, token, connection);
}

function fragmentOf(sdp, candidates) {
  const names = ["a=ice-ufrag:", "a=ice-pwd:", "m=", "a=mid:"];
  return [...names.map((name) => lineOf(sdp, name)), ...candidates, ""].join("\r\n");
}

async function trickle() {
  const { connection, candidates, etag } = window.device;
  const body = fragmentOf(connection.localDescription.sdp, candidates.splice(0));
  return (await ask("PATCH", FRAGMENT, body, { "If-Match": etag })).status;
}

async function restart() {
  const { connection } = window.device;
  const before = connection.remoteDescription.sdp;
  connection.restartIce();
  await connection.setLocalDescription();
  const body = fragmentOf(connection.localDescription.sdp, []);
  const answer = await ask("PATCH", FRAGMENT, body, { "If-Match": "*" });
  const ours = await answer.text();
  window.device.etag = answer.headers.get("ETag");
  let sdp = before;
  for (const name of ["a=ice-ufrag:", "a=ice-pwd:"])
    sdp = sdp.replace(new RegExp(`^${name}.*$`, "gm"), lineOf(ours, name));
  await connection.setRemoteDescription({ type: "answer", sdp });
  return answer.status;
}

async function end() {
  const answer = await ask("DELETE");
  window.device.connection.close();
  return answer.status;
}
"""
