/** The others' pictures: one tile a person, one more for a shared screen. */

import { isGone } from "../call/ladder.js";

/**
 * @typedef {import("../call/consultation.js").Consultation} Consultation
 * @typedef {import("../call/messages.js").Participant} Participant
 * @typedef {import("../call/playback.js").View} View
 *
 * @typedef {object} Tile
 * @property {HTMLElement} figure
 * @property {HTMLVideoElement} video
 * @property {HTMLElement} caption
 */

/** @type {Record<string, string>} */
const ROLES = {
  clinician: "clinician",
  specialist: "specialist",
  crew: "ambulance crew",
  patient: "patient",
  guest: "guest",
};

/** @param {string} role @returns {string} in words */
export function roleWords(role) {
  return ROLES[role] ?? role;
}

export class Tiles {
  /** @type {Map<string, Tile>} */
  #tiles = new Map();
  /** @type {HTMLElement} */
  #root;
  /** @type {Consultation} */
  #consultation;

  /** @param {HTMLElement} root @param {Consultation} consultation */
  constructor(root, consultation) {
    this.#root = root;
    this.#consultation = consultation;
  }

  /** Brings the tiles in line with who is in the room and what they send. */
  refresh() {
    const wanted = new Map(this.#consultation.others.flatMap((person) => this.#keysOf(person)));
    for (const [key, tile] of this.#tiles) {
      if (!wanted.has(key)) this.#drop(key, tile);
    }
    for (const [key, { person, view }] of wanted) this.#show(key, person, view);
    this.#root.dataset["count"] = String(wanted.size);
  }

  /** @param {Participant} person @returns {[string, { person: Participant, view: View }][]} */
  #keysOf(person) {
    /** @type {[string, { person: Participant, view: View }][]} */
    const keys = [[`${person.id}/person`, { person, view: "person" }]];
    if (this.#consultation.trackOf(person.id, "screen")) {
      keys.unshift([`${person.id}/screen`, { person, view: "screen" }]);
    }
    return keys;
  }

  /** @param {string} key @param {Participant} person @param {View} view */
  #show(key, person, view) {
    const tile = this.#tiles.get(key) ?? this.#add(key, person.id, view);
    const camera = this.#consultation.trackOf(person.id, view === "screen" ? "screen" : "camera");
    const microphone = this.#consultation.trackOf(person.id, "microphone");
    // On a line too thin for it the last picture would stand there as if it were live.
    const isThin = person.sending === "stills" || person.sending === "sound";
    const isHeld = view === "person" && this.#consultation.isHeld(person.id);
    const isPaused = isHeld || isThin;
    const isOn = Boolean(camera && !camera.muted);
    const hasPicture = isOn && !isPaused;
    tile.figure.dataset["picture"] = hasPicture ? "on" : "off";
    // Whoever left or was switched off in mid-sentence is not heard, and nobody without a line:
    // what was told of them last is over.
    const hasSound = Boolean(microphone && !microphone.muted);
    const isHeard = person.connected && hasSound && !isGone(this.#consultation.step);
    const isSpeaking = person.speaking && isHeard && view === "person";
    tile.figure.dataset["speaking"] = isSpeaking ? "yes" : "no";
    tile.figure.dataset["initials"] = initialsOf(person.name);
    if (view === "screen") {
      setText(tile.caption, `${person.name}’s screen${isPaused ? " (paused)" : ""}`);
      return;
    }
    const notes = [
      isSpeaking ? "speaking" : "",
      person.connected ? "" : "reconnecting",
      isOn ? "" : "camera off",
      isOn && isPaused ? "picture paused" : "",
      hasSound ? "" : "microphone off",
    ].filter(Boolean);
    const name = `${person.name}, ${roleWords(person.role)}`;
    setText(tile.caption, notes.length ? `${name} (${notes.join(", ")})` : name);
  }

  /** @param {string} key @param {string} participantId @param {View} view @returns {Tile} */
  #add(key, participantId, view) {
    const figure = document.createElement("figure");
    figure.className = "app-tile";
    figure.dataset["view"] = view;
    const video = document.createElement("video");
    video.dataset["remote"] = participantId;
    const caption = document.createElement("figcaption");
    figure.append(video, caption);
    this.#root.append(figure);
    this.#consultation.attach(video, participantId, view);
    const tile = { figure, video, caption };
    this.#tiles.set(key, tile);
    return tile;
  }

  /** @param {string} key @param {Tile} tile */
  #drop(key, tile) {
    this.#consultation.detach(tile.video);
    tile.figure.remove();
    this.#tiles.delete(key);
  }
}

/** @param {string} name @returns {string} two letters at most */
export function initialsOf(name) {
  const words = name.replace(/^(Dr|Mr|Mrs|Ms|Miss|Prof)\.?\s+/i, "").split(/\s+/).filter(Boolean);
  const ends = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  return ends.map((word) => (word ?? "").charAt(0).toUpperCase()).join("");
}

/** Only when it differs, so that screen readers are not told again. */
/** @param {Element} element @param {string} text */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
