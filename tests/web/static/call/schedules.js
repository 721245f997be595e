/**
 * A consultation's page in virtual time: its real modules over a socket, peer connections and a
 * room of ours, which lose, repeat and reorder. See test_schedules.py.
 */

import { RoomModel } from "./roommodel.js";

/** @param {number} seed */
function chanceOf(seed) {
  let x = (seed * 2654435761) % 4294967296 || 1;
  return () => (x = (x * 1664525 + 1013904223) % 4294967296) / 4294967296;
}

class World {
  now = 0;
  #count = 0;
  #due = new Map();

  after(ms, act, every = 0) {
    this.#count += 1;
    this.#due.set(this.#count, { at: this.now + Math.max(0, ms || 0), act, every });
    return this.#count;
  }

  forget(id) {
    this.#due.delete(id);
  }

  async run(ms) {
    const until = this.now + ms;
    for (;;) {
      let first = null;
      for (const [id, due] of this.#due) if (!first || due.at < first[1].at) first = [id, due];
      if (!first || first[1].at > until) break;
      const [id, due] = first;
      this.now = Math.max(this.now, due.at);
      if (due.every) due.at = this.now + due.every;
      else this.#due.delete(id);
      due.act();
      for (let turn = 0; turn < 24; turn += 1) await undefined;
    }
    this.now = until;
  }
}

/** What is the same for sockets and media: whether there is a line, and over which interface. */
class Line {
  isUp = true;
  interface = 1;
  tripMs = 60;
}

/** @param {World} world @param {Line} line @param {RoomModel} room */
function socketClass(world, line, room, chance) {
  return class FakeSocket {
    static OPEN = 1;
    readyState = 0;
    #held = null;

    constructor() {
      this.interface = line.interface;
      this.#open();
    }

    #open() {
      if (this.readyState !== 0) return;
      if (!this.#passes()) {
        world.after(700, () => this.#open());
        return;
      }
      world.after(line.tripMs * 2, () => {
        if (this.readyState !== 0) return;
        if (!this.#passes()) return this.#open();
        this.readyState = 1;
        this.onopen?.();
      });
    }

    #passes() {
      return line.isUp && this.interface === line.interface;
    }

    send(text) {
      const message = JSON.parse(text);
      world.after(line.tripMs / 2, () => {
        if (this.readyState !== 1 || !this.#passes()) return;
        room.received(this, message);
        if (chance() < room.repeats && message.type !== "hello") room.received(this, message);
      });
    }

    deliver(message) {
      const copies = chance() < room.repeats ? 2 : 1;
      if (chance() < room.drops && message.type !== "welcome") return;
      if (!this.#held && chance() < room.swaps && message.type !== "welcome") {
        this.#held = message;
        world.after(400, () => this.#release());
        return;
      }
      for (let copy = 0; copy < copies; copy += 1) this.#arrive(message);
      this.#release();
    }

    #release() {
      const held = this.#held;
      this.#held = null;
      if (held) this.#arrive(held);
    }

    #arrive(message) {
      world.after(line.tripMs / 2, () => {
        if (this.readyState !== 1 || !this.#passes()) return;
        this.onmessage?.({ data: JSON.stringify(message) });
      });
    }

    closedByServer(code) {
      world.after(line.tripMs / 2, () => {
        if (this.readyState > 1 || !this.#passes()) return;
        this.readyState = 3;
        this.onclose?.({ code });
      });
    }

    close() {
      this.readyState = 3;
      if (room.socket === this) room.socket = null;
    }
  };
}

function connectionClass(world, line, room, chance, all) {
  return class FakeConnection extends EventTarget {
    signalingState = "stable";
    connectionState = "new";
    iceConnectionState = "new";
    localDescription = null;
    onconnectionstatechange = null;
    session = Math.floor(chance() * 1e15);
    #ufrag = 0;
    #answered = 0;
    #restarts = false;
    #transceivers = [];
    #bytes = 0;
    #sent = 0;
    #interface = 0;
    #silentSince = 0;

    constructor() {
      super();
      all.add(this);
      this.timer = world.after(100, () => this.#check(), 100);
    }

    addTransceiver(kind, init) {
      const track = Object.assign(new EventTarget(), { kind, muted: true, id: "" });
      const transceiver = { mid: null, direction: init.direction, receiver: { track },
        sender: { replaceTrack: async () => undefined, setParameters: async () => undefined,
          getParameters: () => ({ encodings: [{}] }) } };
      this.#transceivers.push(transceiver);
      return transceiver;
    }

    get kind() {
      return this.#transceivers[0]?.direction === "sendonly" ? "publish" : "subscribe";
    }

    setConfiguration() {}

    restartIce() {
      this.#restarts = true;
    }

    async setLocalDescription() {
      if (this.connectionState === "closed") throw new Error("closed");
      if (!this.localDescription || this.#restarts) this.#ufrag += 1;
      this.#restarts = false;
      this.#transceivers.forEach((each, place) => (each.mid ??= String(place)));
      const sdp = JSON.stringify({ session: this.session, ufrag: this.#ufrag });
      this.localDescription = { type: "offer", sdp };
      this.signalingState = "have-local-offer";
    }

    async setRemoteDescription({ sdp }) {
      if (this.signalingState !== "have-local-offer") throw new Error(this.signalingState);
      const { session, ufrag } = JSON.parse(sdp);
      if (session !== this.session) throw new Error("another's answer");
      this.signalingState = "stable";
      if (ufrag !== this.#answered) this.#interface = 0;
      this.#answered = ufrag;
      if (this.connectionState === "new") this.#enter("connecting");
    }

    async getStats() {
      return new Map([
        ["t", { type: "transport", bytesReceived: this.#bytes }],
        ["o", { type: "outbound-rtp", kind: "audio", packetsSent: this.#sent }],
      ]);
    }

    #enter(state) {
      if (this.connectionState === state || this.connectionState === "closed") return;
      this.connectionState = state;
      this.onconnectionstatechange?.();
    }

    #check() {
      if (this.connectionState === "closed" || !this.#answered) return;
      if (this.kind === "publish") this.#sent += 5;
      const passes = line.isUp && (!this.#interface || this.#interface === line.interface);
      if (passes && !this.#interface) {
        if (!room.checked(this.kind, this.session, this.#answered)) return;
        this.#interface = line.interface;
        world.after(line.tripMs * 3, () => this.#enter("connected"));
      }
      if (passes && room.holds(this.kind, this.session)) {
        this.#bytes += 100;
        this.#silentSince = world.now;
        for (const { receiver } of this.#transceivers) {
          receiver.track.muted = false;
          receiver.track.dispatchEvent(new Event("unmute"));
        }
        if (this.connectionState === "disconnected") this.#enter("connected");
      } else if (this.connectionState === "connected" && world.now - this.#silentSince > 5000) {
        this.#enter("disconnected");
        // As Chromium does: another pair of candidates after some 6 s.
        if (line.isUp) this.#interface = 0;
      } else if (world.now - this.#silentSince > 25000) this.#enter("failed");
    }

    lives() {
      return this.connectionState === "connected" && this.#interface === line.interface &&
        room.holds(this.kind, this.session);
    }

    close() {
      this.connectionState = "closed";
      world.forget(this.timer);
      all.delete(this);
    }
  };
}

const FAULTS = ["tunnel", "interface", "cut", "server", "restart", "mute", "blip"];

/** @param {number} seed @returns {Promise<string[]>} what is wrong in the end */
export async function play(seed) {
  const chance = chanceOf(seed);
  const world = new World();
  const line = new Line();
  const room = new RoomModel(world, chance);
  const all = new Set();
  const real = { setTimeout, clearTimeout, setInterval, clearInterval, WebSocket,
    RTCPeerConnection, random: Math.random, now: performance.now };
  Object.assign(globalThis, {
    setTimeout: (act, ms) => world.after(ms, act),
    clearTimeout: (id) => world.forget(id),
    setInterval: (act, ms) => world.after(ms, act, ms),
    clearInterval: (id) => world.forget(id),
    WebSocket: socketClass(world, line, room, chance),
    RTCPeerConnection: connectionClass(world, line, room, chance, all),
  });
  Math.random = chance;
  performance.now = () => world.now;
  try {
    return await drama({ chance, world, line, room, all });
  } finally {
    Object.assign(globalThis, real);
    Math.random = real.random;
    performance.now = real.now;
  }
}

async function drama({ chance, world, line, room, all }) {
  const { Consultation } = await import("/static/call/consultation.js");
  const input = { on: true, track: null, failure: null, name: "" };
  const local = Object.assign(new EventTarget(), {
    microphone: { ...input, track: { muted: false } },
    camera: { ...input, track: { muted: false, getSettings: () => ({ width: 640, height: 480 }) } },
    screen: { picture: null, sound: null },
    start: async () => undefined,
    close: () => undefined,
  });
  const consultation = new Consultation({ encounterId: "e", url: "ws://room/", local,
    token: async () => ({ token: "t", expires_at: new Date(Date.now() + 3.6e6).toISOString() }) });
  const joined = consultation.join();
  await world.run(1_000 + chance() * 2_000);
  await joined;
  let most = 0;
  for (let act = 0; act < 12; act += 1) {
    await fault({ chance, world, line, room, local });
    most = Math.max(most, all.size);
  }
  Object.assign(room, { loss: 0, repeats: 0, swaps: 0, drops: 0 });
  line.isUp = true;
  await world.run(45_000);
  const wrong = faultsOf({ consultation, room, local });
  // Two of each kind, and one of each that is on its way out.
  if (most > 6) wrong.push(`${most} connections at once`);
  await Promise.all([consultation.leave(), world.run(1_000)]);
  return wrong;
}

async function fault({ chance, world, line, room, local }) {
  const kind = FAULTS[Math.floor(chance() * FAULTS.length)];
  Object.assign(room, { loss: chance() < 0.4 ? 0.4 : 0, repeats: chance() < 0.4 ? 0.3 : 0,
    swaps: chance() < 0.3 ? 0.2 : 0, drops: chance() < 0.3 ? 0.2 : 0 });
  line.tripMs = 20 + chance() * 300;
  if (kind === "tunnel" || kind === "blip") {
    line.isUp = false;
    await world.run(kind === "blip" ? chance() * 900 : chance() * 9_000);
    line.isUp = true;
  }
  if (kind === "interface") line.interface += 1;
  if (kind === "cut") room.socket?.closedByServer(4000);
  if (kind === "server") {
    const { socket } = room;
    room.restarted();
    socket?.closedByServer(4002);
  }
  if (kind === "restart") dispatchEvent(new Event("online"));
  if (kind === "mute") {
    local.microphone.on = !local.microphone.on;
    local.dispatchEvent(new Event("change"));
  }
  await world.run(chance() * 4_000);
}

function faultsOf({ consultation, room, local }) {
  const wrong = [];
  const { publishing, receiving } = consultation.connections;
  if (consultation.line !== "live") wrong.push(`the line is ${consultation.line}`);
  if (consultation.phase !== "admitted") wrong.push(`the phase is ${consultation.phase}`);
  if (!publishing?.lives()) wrong.push("nothing is sent");
  if (!receiving?.lives()) wrong.push("nothing is received");
  if (consultation.mediaState !== "connected") wrong.push(`media are ${consultation.mediaState}`);
  const wanted = Object.values(room.wanted).filter(Boolean).sort();
  if (String(wanted) !== "far-camera,far-microphone") wrong.push(`the room sends ${wanted}`);
  if (!room.published.camera || !room.published.microphone) wrong.push("tracks are not known");
  if (room.muted.microphone === local.microphone.on) wrong.push("the room has the sound wrong");
  return wrong;
}
