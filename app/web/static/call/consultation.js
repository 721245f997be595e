/**
 * A consultation in the browser: who is there, what is seen and heard, and what one may do.
 * Knows no page: see docs/embedding.md for using it in one's own.
 */

import { ScreenLock } from "./awake.js";
import { ChatQueue } from "./chat.js";
import { LocalMedia, isSilent } from "./local.js";
import { CallMedia } from "./media.js";
import * as ongoing from "./ongoing.js";
import { PhotoSender, deliver } from "./photos.js";
import { Playback } from "./playback.js";
import { waysOf } from "./relays.js";
import { ownTracks, remoteTracks } from "./room.js";
import { RoomView } from "./roomview.js";
import { Sending } from "./sending.js";
import { SignallingSocket, tokenFrom } from "./signalling.js";

/**
 * @typedef {import("./messages.js").ServerMessage} ServerMessage
 * @typedef {import("./messages.js").ClientMessage} ClientMessage
 * @typedef {import("./playback.js").View} View
 * @typedef {import("./socket.js").LineChange} LineChange
 * @typedef {import("./socket.js").LineState} LineState
 * @typedef {import("./socket.js").Token} Token
 *
 * @typedef {import("./publisher.js").How & Base} Options
 *
 * @typedef {object} Base
 * @property {string} encounterId
 * @property {() => Promise<Token>} [token] default: this site's own, with the page's cookie
 * @property {string} [url] of the socket, default: this site's
 * @property {LocalMedia} [local] devices opened before, at a device check say
 * @property {import("./devices.js").Facing} [facing] rear camera first: "environment"
 * @property {RTCConfiguration} [configuration] to which the token adds the site's TURN servers
 * @property {boolean} [directCalls] default true: directly to one other where all allow it
 *
 * @typedef {"idle" | "joining" | "waiting" | "admitted" | "ended"} Phase
 */

/** How long a goodbye may take to leave before the socket is closed. */
const GOODBYE_MS = 200;

/**
 * Events: `change` (anything below changed), `chat` (detail: ChatLine), `admitted`,
 * `step` (our own line carries more or less: read `step`), `ended` (detail `{ reason, code }`),
 * `blocked` (sound waits for a touch: `unblock`), `recording_ended` (detail: how), and those of
 * RoomView.
 */
export class Consultation extends RoomView {
  /** @type {Phase} */
  phase = "idle";
  /** Why it ended, in plain words. */
  reason = "";
  /** @type {LineState} */
  line = "idle";
  /** The signalling line's two-way delay; null until measured. @type {number | null} */
  roundTripMs = null;
  /** @type {LocalMedia} */
  local;
  #screen = new ScreenLock();
  #directCalls;
  #welcomedBefore = false;
  /** @type {SignallingSocket} */
  #socket;
  /** @type {CallMedia} */
  #media;
  /** @type {Playback} */
  #playback;
  /** @type {ChatQueue} */
  #chat;
  /** @type {Sending} */
  #sending;
  /** What the room was last told of it. @type {string} */
  #saidStep = "hd";

  /** @param {Options} options */
  constructor({ encounterId, token, url, local, facing, configuration, directCalls = true, ...how }) {
    super();
    this.#directCalls = directCalls;
    const base = `/api/v1/encounters/${encodeURIComponent(encounterId)}`;
    this.local = local ?? new LocalMedia(facing ? { facing } : {});
    this.#socket = new SignallingSocket({
      url: url ?? `${base}/signalling`,
      token: token ?? tokenFrom(`${base}/signalling-token`),
    });
    const send = (/** @type {ClientMessage} */ message) => this.#socket.send({ ...message });
    this.#media = new CallMedia(send, { ...how, ...(configuration ? { configuration } : {}) });
    this.#chat = new ChatQueue(send);
    const photos = new PhotoSender(
      () => this.local.camera.track,
      (part) => deliver(this.#socket, part),
    );
    this.#sending = new Sending({
      connection: () => this.#media.connections.publishing,
      hasPicture: () => this.phase === "admitted" && !isSilent(this.local.camera),
      shape: (encoding) => this.#media.shape(encoding),
      photos: (on) => photos.turn(on && this.phase === "admitted"),
      photoBps: () => photos.speedBps(),
      wantedBps: () => this.#media.wantedBps,
    });
    this.#playback = new Playback((id, view) => this.#mediaTracks(id, view));
    this.#wire();
  }

  /** @returns {string[]} own chat lines on their way */
  get unsaid() {
    return this.#chat.texts;
  }

  /** @returns {boolean} sound waits for a touch */
  get isBlocked() {
    return this.#playback.isBlocked;
  }

  /** @returns {"new" | "connecting" | "connected" | "interrupted" | "closed"} receiving media */
  get mediaState() {
    return this.#media.state;
  }

  /** How sound and picture travel. @returns {"direct" | "forwarded" | "recorded"} */
  get way() {
    if (this.recording?.state === "recording") return "recorded";
    return this.code ? "direct" : "forwarded";
  }

  /** In a direct call, what both read to each other to be sure that nobody is between. */
  get code() {
    return this.#media.code;
  }

  /** @override Directly, the node holds nothing back. @param {string} participantId */
  isHeld(participantId) {
    return this.way !== "direct" && super.isHeld(participantId);
  }

  /** How much our own line carries: see ladder.js. */
  get step() {
    return this.#sending.step;
  }

  /** For measurements (quality.js). */
  get connections() {
    return this.#media.connections;
  }

  /**
   * Devices, token, socket and both offers start at once; whichever is first waits for no other.
   * Failing devices never keep a person out: they join with what they have.
   *
   * @param {{ microphone?: boolean, camera?: boolean }} [wanted]
   */
  async join(wanted) {
    if (this.phase !== "idle") return;
    this.#enter("joining");
    ongoing.began(this);
    this.#screen.keep();
    this.#socket.open();
    this.#sending.start();
    this.#media.start();
    await this.local.start(wanted);
  }

  /** Goes for good: the place is not kept. A closed page or a lost line keeps it. */
  async leave() {
    if (this.phase === "ended") return;
    this.#socket.send({ type: "leave" });
    this.#end("You left the consultation.", 4508);
    await new Promise((resolve) => setTimeout(resolve, GOODBYE_MS));
    this.#socket.close();
  }

  /**
   * For what goes on beside the call: cameras and pointing (static/camera, static/documents).
   *
   * @param {ClientMessage} message
   * @returns {boolean} false when the line is not live
   */
  send(message) {
    return this.#socket.send({ ...message });
  }

  /** @param {string} participantId @returns {boolean} false when the line is not live */
  admit(participantId) {
    return this.#socket.send({ type: "admit", participant_id: participantId });
  }

  /** @param {string} participantId @returns {boolean} false when the line is not live */
  remove(participantId) {
    return this.#socket.send({ type: "remove", participant_id: participantId });
  }

  /**
   * Said now, or when the line is back; never twice.
   *
   * @param {string} text 1 to 2,000 characters
   * @returns {string} its id, under which it comes back in `chatLines`
   */
  chat(text) {
    const id = this.#chat.add(text);
    this.changed();
    return id;
  }

  /** @param {boolean} on */
  setMicrophone(on) {
    return this.local.setMicrophone(on);
  }

  /** @param {boolean} on off gives the camera back, so that its light goes out */
  setCamera(on) {
    return this.local.setCamera(on);
  }

  /** Front to rear camera and back. */
  switchCamera() {
    return this.local.switchCamera();
  }

  /**
   * @param {"camera" | "microphone" | "speaker"} kind
   * @param {string} id
   */
  useDevice(kind, id) {
    return kind === "speaker" ? this.#playback.useSpeaker(id) : this.local.useDevice(kind, id);
  }

  /**
   * Shows a participant in a video element, now and through every change of connection.
   *
   * @param {HTMLVideoElement} element
   * @param {string} participantId
   * @param {View} view
   */
  attach(element, participantId, view = "person") {
    this.#playback.attach(element, participantId, view);
  }

  /** @param {HTMLVideoElement} element */
  detach(element) {
    this.#playback.detach(element);
  }

  /** From a touch of the person, after `blocked`. */
  async unblock() {
    await this.#playback.unblock();
    this.changed();
  }

  #wire() {
    this.#socket.addEventListener("message", (event) => {
      this.#received(/** @type {CustomEvent<ServerMessage>} */ (event).detail);
    });
    this.#socket.addEventListener("state", (event) => {
      this.#lineChanged(/** @type {CustomEvent<LineChange>} */ (event).detail);
    });
    this.#socket.addEventListener("token", (event) => {
      this.#media.configure(waysOf(/** @type {CustomEvent<Token>} */ (event).detail));
    });
    this.#socket.addEventListener("line", (event) => {
      this.roundTripMs = /** @type {CustomEvent} */ (event).detail.roundTripMs;
    });
    this.#sending.addEventListener("step", () => this.#stepped());
    this.#media.addEventListener("state", () => this.changed());
    this.#media.addEventListener("doubt", () => this.#socket.suspect());
    this.#media.addEventListener("life", () => {
      this.#socket.urge();
      this.#sending.lookNow();
    });
    this.#media.addEventListener("rejoin", () => this.#socket.rejoin());
    this.#media.addEventListener("tracks", () => this.#playback.refresh());
    this.#media.addEventListener("speaking", () => this.hear(this.#media.heard));
    this.#playback.addEventListener("sizes", () => this.#sized());
    this.#playback.addEventListener("blocked", () => {
      this.dispatchEvent(new Event("blocked"));
      this.changed();
    });
    this.local.addEventListener("change", () => this.#localChanged());
    this.#localChanged();
  }

  /** @param {LineChange} change */
  #lineChanged({ state, reason, code }) {
    this.line = state;
    if (state === "closed") this.#end(reason, code);
    if (state === "reconnecting") this.#media.signallingLost();
    this.changed();
  }

  /** @param {ServerMessage} message */
  #received(message) {
    const hasChanged = this.apply(message);
    if (message.type === "welcome") this.#welcomed(message.resumed);
    else this.#handle(message);
    if (!hasChanged) return;
    this.#follow();
    if (this.phase !== "ended" && this.room.state) this.#enter(this.room.state);
    this.changed();
  }

  /** Our line carries more or less: the others are told, as soon as there is a line to say it on. */
  #stepped() {
    this.#saySending();
    this.dispatchEvent(new Event("step"));
    this.changed();
  }

  #saySending() {
    const step = this.#sending.said;
    if (step === this.#saidStep) return;
    if (this.#socket.send({ type: "sending", step })) this.#saidStep = step;
  }

  /** @param {ServerMessage} message */
  #handle(message) {
    switch (message.type) {
      case "chat":
        this.#chat.confirmed(message.line.id);
        this.dispatchEvent(new CustomEvent("chat", { detail: message.line }));
        break;
      case "recording_changed":
        if (message.ended) {
          this.dispatchEvent(new CustomEvent("recording_ended", { detail: message.ended }));
        }
        break;
      case "admitted":
        this.dispatchEvent(new Event("admitted"));
        break;
      case "ended":
        this.#end("The consultation has ended.", null);
        break;
      default:
        this.#media.received(message);
    }
  }

  /**
   * Media outlive sockets. Only a room that does not know our tracks any more (its server was
   * lost) needs new connections.
   *
   * @param {boolean} resumed
   */
  #welcomed(resumed) {
    if (!resumed) this.#socket.send({ type: "join", direct_calls: this.#directCalls });
    if (!resumed) this.#media.restarted();
    if (!resumed && this.#welcomedBefore && ownTracks(this.room).length === 0) {
      this.#media.rebuild();
    }
    this.#welcomedBefore = true;
    if (!resumed) this.#saidStep = "hd";
    this.#saySending();
    this.#follow();
    this.#media.signallingLive();
    this.#chat.sayAgain();
  }

  /** Media in line with the room. */
  #follow() {
    this.#media.hold(this.room.state !== "admitted");
    this.#media.want(remoteTracks(this.room));
    this.#sized();
    this.#media.follow(this.room);
  }

  /** Of a small picture a small layer will do. */
  #sized() {
    const shown = this.tracks.flatMap(({ id, participant_id: of, source }) => {
      const lines = source === "camera" ? this.#playback.linesOf(of, "person") : null;
      return lines === null ? [] : [/** @type {const} */ ([id, lines])];
    });
    this.#media.show(new Map(shown));
  }

  #localChanged() {
    const { microphone, camera, screen } = this.local;
    this.#media.publish("microphone", microphone.track, isSilent(microphone));
    this.#media.publish("camera", camera.track, isSilent(camera));
    this.#media.publish("screen", screen.picture, false);
    this.#media.publish("screen-audio", screen.sound, false);
    // Firefox and Safari let a page that records play.
    if (this.isBlocked) void this.#playback.unblock();
    this.changed();
  }

  /** @param {string} participantId @param {View} view */
  #mediaTracks(participantId, view) {
    return this.tracksIn(participantId, view)
      .map((track) => this.#media.mediaTrack(track))
      .filter((track) => track !== null);
  }

  /** @param {Phase} phase */
  #enter(phase) {
    this.phase = phase;
    this.changed();
  }

  /** @param {string} reason @param {number | null} code */
  #end(reason, code) {
    if (this.phase === "ended") return;
    this.reason = reason;
    this.#enter("ended");
    this.#sending.stop();
    this.#media.close();
    this.#playback.close();
    this.#screen.release();
    ongoing.ended(this);
    this.local.close();
    this.dispatchEvent(new CustomEvent("ended", { detail: { reason, code } }));
  }
}
