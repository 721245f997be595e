/**
 * This person's own camera and microphone through a call: on, off, another device, unplugged.
 * Also used alone, to check devices before a call.
 */

import { openDevices, openOne } from "./devices.js";
import { ScreenShare } from "./screenshare.js";

/**
 * @typedef {import("./devices.js").Facing} Facing
 * @typedef {import("./devices.js").InputKind} InputKind
 * @typedef {import("./failures.js").Failure} Failure
 *
 * @typedef {object} Input
 * @property {boolean} on what the person wants
 * @property {MediaStreamTrack | null} track
 * @property {Failure | null} failure why there is none although it is wanted
 * @property {string} deviceId chosen by the person; empty for the browser's choice
 */

/** Event `change`: read `microphone`, `camera`, `screen`, `facing`. Operations run one after another. */
export class LocalMedia extends EventTarget {
  /** @type {Input} */
  microphone = { on: false, track: null, failure: null, deviceId: "" };
  /** @type {Input} */
  camera = { on: false, track: null, failure: null, deviceId: "" };
  /** What is shown of the person's screen. */
  screen = new ScreenShare();
  /** @type {Facing} */
  facing;
  /** The person's own picture, for a muted video element. */
  selfView = new MediaStream();
  #queue = Promise.resolve();
  #closed = false;
  #unlisten = new AbortController();

  /** @param {{ facing?: Facing }} [options] rear camera first: `facing: "environment"` */
  constructor({ facing = "user" } = {}) {
    super();
    this.facing = facing;
    this.screen.addEventListener("change", () => this.#changed());
    const options = { signal: this.#unlisten.signal };
    navigator.mediaDevices?.addEventListener("devicechange", () => void this.#retry(), options);
  }

  /**
   * Opens what is wanted with a single question to the person. Never throws: see `failure`.
   *
   * @param {{ microphone?: boolean, camera?: boolean }} [wanted]
   */
  start({ microphone = true, camera = true } = {}) {
    return this.#inTurn(async () => {
      this.microphone.on = microphone;
      this.camera.on = camera;
      const opened = await openDevices({
        audio: microphone && !this.microphone.track,
        video: camera && !this.camera.track,
        ...this.#choice(),
      });
      if (microphone) this.#settle("microphone", opened.audio, opened.audioFailure);
      if (camera) this.#settle("camera", opened.video, opened.videoFailure);
    });
  }

  /**
   * Off, the microphone stays open but sends nothing, so that it is back without a moment's wait.
   *
   * @param {boolean} on
   */
  setMicrophone(on) {
    return this.#inTurn(async () => {
      this.microphone.on = on;
      if (this.microphone.track) this.microphone.track.enabled = on;
      else if (on) await this.#open("microphone");
      this.#changed();
    });
  }

  /**
   * Off, the camera is given back and its light goes out.
   *
   * @param {boolean} on
   */
  setCamera(on) {
    return this.#inTurn(async () => {
      this.camera.on = on;
      if (!on) this.#release("camera");
      else if (!this.camera.track) await this.#open("camera");
      this.#changed();
    });
  }

  /**
   * Front to rear and back. Phones open one camera at a time, so the first is closed before. Of a
   * camera that is off only the choice changes: its light stays out.
   */
  switchCamera() {
    return this.#inTurn(async () => {
      this.facing = this.facing === "user" ? "environment" : "user";
      this.camera.deviceId = "";
      if (this.camera.on) await this.#reopen("camera");
      else this.#changed();
    });
  }

  /**
   * A muted microphone is open, and is exchanged for the chosen one, muted.
   *
   * @param {InputKind} kind
   * @param {string} deviceId
   */
  useDevice(kind, deviceId) {
    return this.#inTurn(async () => {
      this[kind].deviceId = deviceId;
      if (this[kind].on || this[kind].track) await this.#reopen(kind);
    });
  }

  /** Gives both devices back, and shows nothing of the screen any more. */
  close() {
    this.#closed = true;
    this.screen.close();
    this.#unlisten.abort();
    this.#release("camera");
    this.#release("microphone");
    this.#changed();
  }

  /** @param {InputKind} kind */
  async #reopen(kind) {
    this.#release(kind);
    await this.#open(kind);
    this.#changed();
  }

  /** @param {InputKind} kind */
  async #open(kind) {
    const { track, failure } = await openOne(kind, this.#choice());
    this.#settle(kind, track, failure);
  }

  #choice() {
    const { facing, camera, microphone } = this;
    return { facing, cameraId: camera.deviceId, microphoneId: microphone.deviceId };
  }

  /**
   * @param {InputKind} kind
   * @param {MediaStreamTrack | null} track null keeps the one there is
   * @param {Failure | null} failure
   */
  #settle(kind, track, failure) {
    if (this.#closed) {
      track?.stop();
      return;
    }
    const input = this[kind];
    input.failure = failure;
    if (track) {
      input.track = track;
      track.enabled = input.on;
      track.addEventListener("ended", () => void this.#ended(kind, track));
      track.addEventListener("mute", () => this.#changed());
      track.addEventListener("unmute", () => this.#changed());
      if (kind === "camera") this.selfView.addTrack(track);
    }
    this.#changed();
  }

  /** Unplugged, or taken by the system: try whatever else there is, once. */
  /** @param {InputKind} kind @param {MediaStreamTrack} track */
  #ended(kind, track) {
    return this.#inTurn(async () => {
      if (this[kind].track !== track || this.#closed) return;
      this[kind].deviceId = "";
      await this.#reopen(kind);
    });
  }

  /** Plugged in: what was wanted and not found may be there now. */
  #retry() {
    return this.#inTurn(async () => {
      for (const kind of /** @type {InputKind[]} */ (["microphone", "camera"])) {
        const { on, track, failure } = this[kind];
        if (on && !track && failure?.code === "none-found") await this.#open(kind);
      }
      this.#changed();
    });
  }

  /** @param {InputKind} kind */
  #release(kind) {
    const { track } = this[kind];
    this[kind].track = null;
    if (!track) return;
    track.stop();
    this.selfView.removeTrack(track);
  }

  /** @param {() => Promise<void>} operation */
  #inTurn(operation) {
    const turn = this.#queue.then(() => (this.#closed ? undefined : operation()));
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

/**
 * Off, missing, or taken by the system for the moment, by a telephone call say.
 *
 * @param {Input} input
 */
export function isSilent({ on, track }) {
  return !on || !track || track.muted;
}
