/**
 * What is known of the room: pure, each server message gives the next state. Applying a message
 * twice changes nothing.
 */

/**
 * @typedef {import("./messages.js").ServerMessage} ServerMessage
 * @typedef {import("./messages.js").Participant} Participant
 * @typedef {import("./messages.js").Track} Track
 * @typedef {import("./messages.js").ChatLine} ChatLine
 * @typedef {import("./messages.js").Grants} Grants
 * @typedef {import("./messages.js").Recording} Recording
 * @typedef {import("./messages.js").Direct} Direct
 * @typedef {import("./messages.js").Snapshot} Snapshot
 *
 * @typedef {object} Room
 * @property {string} me the own participant id, empty before welcome
 * @property {"waiting" | "admitted" | null} state null before welcome
 * @property {Grants | null} grants
 * @property {ReadonlyMap<string, Participant>} participants
 * @property {ReadonlyMap<string, Track>} tracks
 * @property {readonly ChatLine[]} chat in order of sending
 * @property {Recording | null} recording that is asked for or goes on
 * @property {Direct | null} direct of two, that is tried or goes on
 * @property {ReadonlySet<string>} held tracks whose picture our own line cannot carry just now
 */

/** @type {Room} */
export const EMPTY_ROOM = {
  me: "",
  state: null,
  grants: null,
  participants: new Map(),
  tracks: new Map(),
  chat: [],
  recording: null,
  direct: null,
  held: new Set(),
};

/**
 * @param {Room} room
 * @param {ServerMessage} message
 * @returns {Room} the same object when nothing changed
 */
export function applied(room, message) {
  switch (message.type) {
    case "welcome": {
      const { participant_id: me, state, grants, snapshot } = message;
      const content = snapshot ? { ...contentOf(snapshot), held: new Set() } : {};
      return { ...room, me, state, grants, ...content };
    }
    case "admitted":
      return { ...room, state: "admitted", ...contentOf(message.snapshot) };
    case "participant_joined":
    case "participant_updated":
      return withParticipant(room, message.participant);
    case "participant_left":
      return withoutParticipant(room, message.participant_id);
    case "track_added":
      return { ...room, tracks: new Map(room.tracks).set(message.track.id, message.track) };
    case "track_removed":
      return { ...room, tracks: without(room.tracks, message.track_id) };
    case "track_muted":
      return withMuted(room, message.track_id, message.muted);
    case "pictures_held":
      return { ...room, held: new Set(message.track_ids) };
    case "recording_changed":
      return { ...room, recording: message.recording };
    case "direct_changed":
      return { ...room, direct: message.direct };
    case "chat":
      return withLine(room, message.line);
    default:
      return room;
  }
}

/**
 * @param {Room} room
 * @returns {Track[]} what the others send
 */
export function remoteTracks(room) {
  return [...room.tracks.values()].filter((track) => track.participant_id !== room.me);
}

/**
 * @param {Room} room
 * @returns {Track[]} what we send, as the room knows it
 */
export function ownTracks(room) {
  return [...room.tracks.values()].filter((track) => track.participant_id === room.me);
}

/** @param {Snapshot} snapshot */
function contentOf({ participants, tracks, chat, recording, direct }) {
  return {
    participants: new Map(participants.map((participant) => [participant.id, participant])),
    tracks: new Map(tracks.map((track) => [track.id, track])),
    chat,
    recording,
    direct,
  };
}

/** @param {Room} room @param {Participant} participant @returns {Room} */
function withParticipant(room, participant) {
  const state = participant.id === room.me ? participant.state : room.state;
  return {
    ...room,
    state,
    participants: new Map(room.participants).set(participant.id, participant),
  };
}

/** Their tracks end with them, said or not. @param {Room} room @param {string} id @returns {Room} */
function withoutParticipant(room, id) {
  const tracks = [...room.tracks].filter(([, track]) => track.participant_id !== id);
  return { ...room, participants: without(room.participants, id), tracks: new Map(tracks) };
}

/** @param {Room} room @param {string} trackId @param {boolean} muted @returns {Room} */
function withMuted(room, trackId, muted) {
  const track = room.tracks.get(trackId);
  if (!track) return room;
  return { ...room, tracks: new Map(room.tracks).set(trackId, { ...track, muted }) };
}

/** @param {Room} room @param {ChatLine} line @returns {Room} */
function withLine(room, line) {
  if (room.chat.some((known) => known.id === line.id)) return room;
  return { ...room, chat: [...room.chat, line] };
}

/**
 * @template Value
 * @param {ReadonlyMap<string, Value>} map
 * @param {string} key
 */
function without(map, key) {
  const next = new Map(map);
  next.delete(key);
  return next;
}
