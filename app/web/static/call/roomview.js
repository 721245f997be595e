/** What a page may ask of a room it is in. */

import { EMPTY_ROOM, applied } from "./room.js";

/**
 * @typedef {import("./messages.js").ChatLine} ChatLine
 * @typedef {import("./messages.js").Participant} Participant
 * @typedef {import("./messages.js").ServerMessage} ServerMessage
 * @typedef {import("./messages.js").Source} Source
 * @typedef {import("./messages.js").Track} Track
 *
 * @typedef {object} Heard somebody whose sound does not come from the node
 * @property {string} id
 * @property {boolean} speaking
 */

/** What goes on beside the call, and is kept nowhere here. */
const PASSED_ON = new Set([
  ...["camera_asked", "camera_withdrawn", "camera_agreed", "camera_answered"],
  ...["photo", "pointed"],
]);

/**
 * Events: `snapshot` (detail Snapshot: what was open before and is not in it is over), and of far
 * cameras, pointing and photos in place of a picture those in PASSED_ON, each with its message as
 * the detail.
 */
export class RoomView extends EventTarget {
  #room = EMPTY_ROOM;
  #isAnnounced = false;
  /** @type {Heard | null} */
  #heard = null;

  /** As the last message left it. */
  get room() {
    return this.#room;
  }

  /** @param {ServerMessage} message @returns {boolean} whether it changed the room */
  apply(message) {
    const before = this.#room;
    this.#room = applied(before, message);
    const snapshot = "snapshot" in message ? message.snapshot : null;
    if (snapshot) this.dispatchEvent(new CustomEvent("snapshot", { detail: snapshot }));
    if (PASSED_ON.has(message.type)) {
      this.dispatchEvent(new CustomEvent(message.type, { detail: message }));
    }
    return this.#room !== before;
  }

  get me() {
    return this.#room.me;
  }

  get grants() {
    return this.#room.grants;
  }

  /** @returns {Participant[]} everyone, oneself too */
  get participants() {
    const heard = this.#heard;
    return [...this.#room.participants.values()].map((person) =>
      person.id === heard?.id ? { ...person, speaking: heard.speaking } : person,
    );
  }

  /** @param {Heard | null} heard of whom the room cannot tell whether they speak */
  hear(heard) {
    if (heard?.id === this.#heard?.id && heard?.speaking === this.#heard?.speaking) return;
    this.#heard = heard;
    this.changed();
  }

  /** @returns {Participant[]} the others in the room */
  get others() {
    return this.participants.filter(({ id, state }) => id !== this.me && state === "admitted");
  }

  /** @returns {Participant[]} who waits to be let in */
  get waiting() {
    return this.participants.filter(({ id, state }) => id !== this.me && state === "waiting");
  }

  /** @returns {Track[]} */
  get tracks() {
    return [...this.#room.tracks.values()];
  }

  /** @returns {readonly ChatLine[]} */
  get chatLines() {
    return this.#room.chat;
  }

  /** @returns {import("./messages.js").Recording | null} that is asked for or goes on */
  get recording() {
    return this.#room.recording;
  }

  /**
   * @param {string} participantId
   * @param {Source} source
   * @returns {Track | null} what this participant sends of it
   */
  trackOf(participantId, source) {
    const isIt = (/** @type {Track} */ track) =>
      track.participant_id === participantId && track.source === source;
    return this.tracks.find(isIt) ?? null;
  }

  /**
   * @param {string} participantId
   * @param {import("./playback.js").View} view
   * @returns {Track[]} what belongs to it
   */
  tracksIn(participantId, view) {
    const sources = view === "person" ? ["camera", "microphone"] : ["screen", "screen-audio"];
    return this.tracks.filter(
      (track) => track.participant_id === participantId && sources.includes(track.source),
    );
  }

  /**
   * @param {string} participantId
   * @returns {boolean} whether our own line is too thin for this picture just now
   */
  isHeld(participantId) {
    const track = this.trackOf(participantId, "camera");
    return track !== null && this.#room.held.has(track.id);
  }

  /** One `change` for everything that happens in one go. */
  changed() {
    if (this.#isAnnounced) return;
    this.#isAnnounced = true;
    queueMicrotask(() => {
      this.#isAnnounced = false;
      this.dispatchEvent(new Event("change"));
    });
  }
}
