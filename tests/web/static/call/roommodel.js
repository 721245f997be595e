/** One participant's room, as app/signalling/connections.py, rooms.py and outgoing.py keep it. */

export class RoomModel {
  constructor(world, chance) {
    this.world = world;
    this.chance = chance;
    this.restarted();
  }

  restarted() {
    this.generation = (this.generation ?? 0) + 1;
    this.epoch = `e${this.generation}-${Math.floor(this.chance() * 1e9)}`;
    [this.log, this.seq, this.socket, this.joined] = [[], 0, null, false];
    this.legs = { publish: {}, subscribe: {} };
    this.replaced = new Set();
    this.published = {};
    this.wanted = {};
    this.muted = {};
  }

  attach(socket, resume) {
    if (this.socket && this.socket !== socket) this.socket.closedByServer(4504);
    this.socket = socket;
    const known = resume && resume.epoch === this.epoch && resume.seq <= this.seq;
    if (!known) {
      this.epoch = `${this.epoch}x`;
      [this.log, this.seq] = [[], 0];
    }
    const seq = known ? resume.seq : 0;
    socket.deliver({ type: "welcome", epoch: this.epoch, seq, participant_id: "me",
      state: "admitted", resumed: Boolean(known),
      grants: { publish: true, subscribe: true, chat: true },
      snapshot: known ? null : this.snapshot() });
    if (known) for (const message of this.log.slice(resume.seq)) socket.deliver(message);
  }

  snapshot() {
    const person = (id) => ({ id, name: id, role: "clinician", state: "admitted", connected: true,
      sending: "hd", camera: null });
    const own = Object.keys(this.published).map((source) => ({ id: `own-${source}`,
      participant_id: "me", source, kind: source === "camera" ? "video" : "audio",
      muted: this.muted[source] ?? false }));
    const others = ["camera", "microphone"].map((source) => ({ id: `far-${source}`,
      participant_id: "far", source, kind: source === "camera" ? "video" : "audio",
      muted: false }));
    return { participants: [person("me"), person("far")], tracks: [...own, ...others], chat: [] };
  }

  tell(message) {
    this.seq += 1;
    const numbered = { epoch: this.epoch, seq: this.seq, ...message };
    this.log.push(numbered);
    this.socket?.deliver(numbered);
  }

  received(socket, message) {
    if (message.type === "hello") this.attach(socket, message.resume);
    if (socket !== this.socket) return;
    if (message.type === "ping") socket.deliver({ type: "pong", at: message.at });
    if (message.type === "join") this.joined = true;
    if (message.type === "mute" && this.published[message.source]) {
      this.muted[message.source] = message.muted;
    }
    if (message.type === "publish") this.publish(message);
    if (message.type === "subscribe") this.subscribe(message);
    if (message.type === "offer") this.answer(message.connection, message.offer);
  }

  publish({ tracks, offer }) {
    this.published = Object.fromEntries(tracks.map(({ source, mid }) => [source, mid]));
    for (const { source, muted } of tracks) this.muted[source] = muted;
    this.answer("publish", offer);
  }

  subscribe({ tracks, offer }) {
    if (offer) this.answer("subscribe", offer);
    this.wanted = Object.fromEntries(tracks.map(({ mid, track_id }) => [mid, track_id]));
  }

  answer(kind, { id, sdp }) {
    const { session, ufrag } = JSON.parse(sdp);
    const legs = this.legs[kind];
    if (this.replaced.has(session)) {
      this.tell({ type: "error", code: "offer_refused", detail: "Replaced.", offer_id: id });
      return;
    }
    if (legs.inUse?.session === session) {
      legs.beside = undefined;
      legs.inUse.ufrag = ufrag;
    } else if (legs.beside?.session === session) legs.beside.ufrag = ufrag;
    else {
      if (legs.beside?.isConnected) this.promote(legs);
      legs[legs.inUse ? "beside" : "inUse"] = { session, ufrag, isConnected: false };
    }
    // An answer that is lost though the line lives: by a fault hook, not by TCP.
    if (this.chance() < this.loss) return;
    this.tell({ type: "answer", connection: kind, offer_id: id,
      sdp: JSON.stringify({ session, ufrag }) });
  }

  /** The browser's checks have come. */
  checked(kind, session, ufrag) {
    const legs = this.legs[kind];
    const leg = [legs.inUse, legs.beside].find((each) => each?.session === session);
    if (!leg || leg.ufrag !== ufrag) return false;
    leg.isConnected = true;
    if (leg === legs.beside) this.promote(legs);
    return true;
  }

  promote(legs) {
    this.replaced.add(legs.inUse.session);
    [legs.inUse, legs.beside] = [legs.beside, undefined];
  }

  holds(kind, session) {
    const legs = this.legs[kind];
    return [legs.inUse, legs.beside].some((leg) => leg?.session === session && leg.isConnected);
  }

  loss = 0;
  repeats = 0;
  swaps = 0;
  drops = 0;
}
