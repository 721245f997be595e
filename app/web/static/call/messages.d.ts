/**
 * The messages of the consultation's socket and of the live stream.
 * Written by `python -m app.signalling.asyncapi` from the server's models: do not edit.
 */

export type Connection = "publish" | "subscribe";
export type Source = "camera" | "microphone" | "screen" | "screen-audio";
export type Step = "hd" | "medium" | "small" | "stills" | "sound";
export type Kind = "audio" | "video";
export type Role = "clinician" | "specialist" | "crew" | "patient" | "guest";
export type ParticipantState = "waiting" | "admitted";
export type LeftReason = "left" | "removed" | "lost" | "replaced";
export type PictureCodec = "VP8" | "H264" | "VP9" | "AV1";
export type ErrorCode = "bad_json" | "unknown_type" | "invalid_message" | "wrong_order" | "not_allowed" | "not_admitted" | "unknown_participant" | "unknown_track" | "unknown_request" | "unknown_recording" | "offer_refused" | "room_full" | "too_many_messages";

/** Let a waiting participant in. Needs the grant `admit`. */
export interface Admit {
  type: "admit";
  participant_id: string;
}

/** You were let in: `snapshot` is what you can now see. */
export interface Admitted {
  epoch: string;
  seq: number;
  type: "admitted";
  snapshot: Snapshot;
}

/** A yes to a request to this participant's camera; `answer_camera` follows with the result. */
export interface AgreeCamera {
  type: "agree_camera";
  id: string;
}

/** The node's SDP answer to the offer with the same id. */
export interface Answer {
  epoch: string;
  seq: number;
  type: "answer";
  connection: Connection;
  offer_id: number;
  sdp: string;
}

/** What came of a request to this participant's camera; a still that was kept is named. */
export interface AnswerCamera {
  type: "answer_camera";
  id: string;
  outcome: "done" | "declined" | "unsupported" | "failed";
  document_id?: string | null;
}

/** Agree to be recorded, or not. No after a yes takes it back: the recording stops at once. */
export interface AnswerRecording {
  type: "answer_recording";
  recording_id: string;
  agrees: boolean;
}

/** Ask the owner of a camera for a still, light, zoom or another camera. Needs `direct`. `on` goes with torch, `zoom` with zoom. `id` is the asker's own; the answer carries it. */
export interface AskCamera {
  type: "ask_camera";
  id: string;
  participant_id: string;
  action: "still" | "torch" | "zoom" | "switch";
  on?: boolean | null;
  zoom?: number | null;
}

/** What a participant's camera can do. `cameras` is how many there are to switch between. `agreed`: its owner lets others use light, zoom and switch during this call. A still is asked for each time. */
export interface Camera {
  still: boolean;
  torch: boolean;
  torch_on: boolean;
  zoom: Zoom | null;
  cameras: number;
  agreed: boolean;
}

/** Your request was agreed to: what comes of it follows as `camera_answered`. */
export interface CameraAgreed {
  epoch: string;
  seq: number;
  type: "camera_agreed";
  id: string;
  participant_id: string;
}

/** What came of your request. `unsupported`: not on this device. `failed`: try again. */
export interface CameraAnswered {
  epoch: string;
  seq: number;
  type: "camera_answered";
  id: string;
  participant_id: string;
  outcome: "done" | "declined" | "unsupported" | "failed";
  document_id: string | null;
}

/** Someone asks for a still of your camera, its light, its zoom or another camera. */
export interface CameraAsked {
  epoch: string;
  seq: number;
  type: "camera_asked";
  id: string;
  participant_id: string;
  action: "still" | "torch" | "zoom" | "switch";
  on: boolean | null;
  zoom: number | null;
}

/** A request that nobody has answered yet, as both who asked (`by`) and whose camera it is (`of`) find it when they come back. `agreed`: its owner said yes, and the result follows. */
export interface CameraRequest {
  id: string;
  by: string;
  of: string;
  action: "still" | "torch" | "zoom" | "switch";
  on: boolean | null;
  zoom: number | null;
  agreed: boolean;
}

/** Nobody waits for your answer to this request any more. */
export interface CameraWithdrawn {
  epoch: string;
  seq: number;
  type: "camera_withdrawn";
  id: string;
}

/** A trickled ICE candidate; null ends them (RFC 8838 §8.2). */
export interface Candidate {
  type: "candidate";
  connection: Connection;
  candidate: string | null;
}

/** A chat line. `id` is the client's own, so that a repeat after a resume is dropped. */
export interface Chat {
  type: "chat";
  id: string;
  text: string;
}

/** A chat line as delivered. */
export interface ChatLine {
  id: string;
  participant_id: string;
  name: string;
  text: string;
  sent_at: string;
}

/** A chat line, also to its sender, as the proof of delivery. */
export interface ChatReceived {
  epoch: string;
  seq: number;
  type: "chat";
  line: ChatLine;
}

/** In which codecs a picture of yours may be sent: all who watch it take these, by their names in SDP. Said where you have offered VP9 or AV1 before others; until then, and whenever none of yours is named, send the answer's first. Change at once: somebody may be without a picture. */
export interface CodecsWanted {
  epoch: string;
  seq: number;
  type: "codecs";
  source: Source;
  codecs: PictureCodec[];
}

/** The node closed a media connection (consent expired, DTLS failed): offer anew. */
export interface ConnectionLost {
  epoch: string;
  seq: number;
  type: "connection_lost";
  connection: Connection;
  reason: "timeout" | "dtls" | "replaced";
}

/** A direct call that is tried, goes on or ends, as everybody in the room sees it. `impolite` came first and lays out the lines; `polite` gives way where offers collide (W3C WebRTC §10.7). `shown_by` are those who show what comes directly: who sends to one of them need not send to the node as well. `ending`: send to the node again, show what comes from it, and report `left`; the connection is closed when there is no direct call any more. */
export interface Direct {
  negotiation: number;
  impolite: string;
  polite: string;
  relayed: boolean;
  shown_by: string[];
  ending: boolean;
}

/** To the other one of a direct call: a trickled ICE candidate (RFC 8838); null ends them. */
export interface DirectCandidate {
  type: "direct_candidate";
  negotiation: number;
  mid: string | null;
  candidate: string | null;
}

/** A candidate of the other one. */
export interface DirectCandidateFound {
  epoch: string;
  seq: number;
  type: "direct_candidate";
  negotiation: number;
  mid: string | null;
  candidate: string | null;
}

/** Two of this room may try a direct call, it has got further, or there is none any more. */
export interface DirectChanged {
  epoch: string;
  seq: number;
  type: "direct_changed";
  direct: Direct | null;
}

/** The other one's SDP offer or answer. */
export interface DirectDescribed {
  epoch: string;
  seq: number;
  type: "direct_description";
  negotiation: number;
  kind: "offer" | "answer";
  sdp: string;
}

/** To the other one of a direct call: an SDP offer or answer, for their browser alone. */
export interface DirectDescription {
  type: "direct_description";
  negotiation: number;
  kind: "offer" | "answer";
  sdp: string;
}

/** The consultation is over for everyone; the socket closes next. */
export interface Ended {
  epoch: string;
  seq: number;
  type: "ended";
}

/** A message was refused and changed nothing. `code` is stable, `detail` is for people. */
export interface Error {
  epoch: string;
  seq: number;
  type: "error";
  code: ErrorCode;
  detail: string;
  offer_id: number | null;
}

/** What this participant may do: `direct` asks others' cameras, `point` points on documents, `record` asks all to be recorded, and stops it. */
export interface Grants {
  publish: boolean;
  subscribe: boolean;
  chat: boolean;
  admit: boolean;
  remove: boolean;
  direct: boolean;
  point: boolean;
  record: boolean;
}

/** The first message, within 5 s and 4 KiB. `resume` asks for what was missed. */
export interface Hello {
  type: "hello";
  token: string;
  resume?: Position | null;
}

/** Ready to be in the consultation. One who is not admitted yet waits. `direct_calls`: this page can send to one other browser directly, where everybody may. */
export interface Join {
  type: "join";
  direct_calls?: boolean;
}

/** Which layers of a picture of yours are to be sent, by their rids, the lowest first: nobody is to have the others just now. Until it is said, send the best alone. */
export interface LayersWanted {
  epoch: string;
  seq: number;
  type: "layers";
  source: Source;
  layers: string[];
}

/** Goes for good; the place is not kept for a resume. */
export interface Leave {
  type: "leave";
}

/** Something happened: `event` names it, `id` is the record's. Fetch the record for more. `payload` holds ids, states and times, never anything that describes a person. */
export interface LiveEvent {
  type: "event";
  position: string;
  event: string;
  id: string;
  payload: Record<string, unknown>;
}

/** The first message, within 5 s and 4 KiB. `resume` is the last position seen. */
export interface LiveHello {
  type: "hello";
  token: string;
  resume?: string | null;
}

/** Answers hello. `resumed` true: what was missed follows. False: fetch afresh what is shown. `position` is where the stream stands now, or stood when `resumed`. */
export interface LiveWelcome {
  type: "welcome";
  resumed: boolean;
  position: string;
}

/** The sender stopped or resumed one of its own sources. */
export interface Mute {
  type: "mute";
  source: Source;
  muted: boolean;
}

/** A browser's SDP offer. The answer carries the same id; a stale answer is dropped. */
export interface Offer {
  id: number;
  sdp: string;
}

/** Who is in the consultation, as the others see them; each sees itself too. `speaking` is by the sound that comes from it, `camera` what it said that its camera can do. In a group call patients and guests are told the name that each chose; staff are told the full one, and whose consultation each is here for, as `encounter_id`. */
export interface Participant {
  id: string;
  name: string;
  role: Role;
  state: ParticipantState;
  connected: boolean;
  sending: Step;
  speaking: boolean;
  camera: Camera | null;
  encounter_id: string | null;
}

/** Someone entered, or began to wait. */
export interface ParticipantJoined {
  epoch: string;
  seq: number;
  type: "participant_joined";
  participant: Participant;
}

/** Someone is gone: `left` by choice, `removed`, or `lost` after the resume window. */
export interface ParticipantLeft {
  epoch: string;
  seq: number;
  type: "participant_left";
  participant_id: string;
  reason: LeftReason;
}

/** Someone was admitted, lost the line or came back, or sends another step of picture. */
export interface ParticipantUpdated {
  epoch: string;
  seq: number;
  type: "participant_updated";
  participant: Participant;
}

/** A part of a photo that stands for the picture on a thin line: base64 of a JPEG, cut. Parts come in order; the last one makes the photo. `age_ms` is how old the picture is as this part is said. It is live picture, and like it not kept. */
export interface Photo {
  type: "photo";
  id: number;
  part: number;
  parts: number;
  age_ms: number;
  data: string;
}

/** The newest photo of one whose line carries no video; carries no seq and is not kept. `age_ms` is how old it was when the room had the whole of it. */
export interface PhotoReceived {
  type: "photo";
  participant_id: string;
  id: number;
  age_ms: number;
  data: string;
}

/** All tracks whose picture your line cannot carry just now, so that sound stays whole. */
export interface PicturesHeld {
  epoch: string;
  seq: number;
  type: "pictures_held";
  track_ids: string[];
}

/** Asks for a pong, so that the page can measure the line. Not sequenced. */
export interface Ping {
  type: "ping";
  at: number;
}

/** Where this participant points on a page of a document; no place: it points no more. Needs `point`. It is told to others at once, once, and kept nowhere. */
export interface Point {
  type: "point";
  document_id: string;
  page: number;
  at: Spot | null;
}

/** Where someone points on a page; only the newest is told, and it carries no seq. */
export interface Pointed {
  type: "pointed";
  participant_id: string;
  document_id: string;
  page: number;
  at: Spot | null;
}

/** Answers ping; carries no seq. */
export interface Pong {
  type: "pong";
  at: number;
}

/** The last server message a client has applied. */
export interface Position {
  epoch: string;
  seq: number;
}

/** All tracks this participant sends, with the publishing connection's offer. Sent again, it replaces the list: tracks no longer named end, one whose source stays keeps its id. An offer of another RTCPeerConnection (RFC 8866 §5.2: another session id) replaces the connection; the media of the old one flow until then. */
export interface Publish {
  type: "publish";
  tracks: PublishedTrack[];
  offer: Offer;
}

/** One m-line of a publishing offer, named by what it carries. */
export interface PublishedTrack {
  mid: string;
  source: Source;
  muted?: boolean;
}

/** A recording that was asked for. It records while all who are in the call have agreed. `paused`: somebody came who has not been asked yet or has not answered. Nothing of anybody is recorded then. */
export interface Recording {
  id: string;
  asked_by: string;
  state: "asked" | "recording" | "paused";
  agreed: string[];
}

/** Someone asked to record, agreed or came; or it is over: then `ended` says how. */
export interface RecordingChanged {
  epoch: string;
  seq: number;
  type: "recording_changed";
  recording: Recording | null;
  ended: "stopped" | "declined" | "withdrawn" | "failed" | null;
}

/** A fresh token for the same person before the old one expires. */
export interface Refresh {
  type: "refresh";
  token: string;
}

/** Send a participant out. Needs the grant `remove`. */
export interface Remove {
  type: "remove";
  participant_id: string;
}

/** A new offer on a connection that exists, tracks unchanged: an ICE restart, say. */
export interface Renegotiate {
  type: "offer";
  connection: Connection;
  offer: Offer;
}

/** What this participant's camera can do now; null where it has none or shows none. */
export interface ReportCamera {
  type: "report_camera";
  camera: Camera | null;
}

/** How a direct call stands on this page: `shown` from the first picture on, `left` when the node's is shown again, `failed` when nothing comes directly, or not in time. */
export interface ReportDirect {
  type: "report_direct";
  negotiation: number;
  state: "shown" | "left" | "failed";
}

/** How much of the picture this participant's line carries just now. `hd`, `medium` and `small` are video of 720, 360 and 180 lines, `stills` sound with a photo every few seconds, `sound` sound alone. */
export interface Sending {
  type: "sending";
  step: Step;
}

/** The whole state of the room for one participant: never a part of it. `requests` are those to cameras that it asked, or was asked, and that are open. */
export interface Snapshot {
  participants: Participant[];
  tracks: Track[];
  chat: ChatLine[];
  recording: Recording | null;
  requests: CameraRequest[];
  direct: Direct | null;
}

/** A place on a page, in parts of its width and height. */
export interface Spot {
  x: number;
  y: number;
}

/** Stop the recording for everybody. Needs the grant `record`. */
export interface StopRecording {
  type: "stop_recording";
  recording_id: string;
}

/** Which track arrives on which m-line. Without an offer only the mapping changes. A line whose track is gone, or not for this participant, stays idle. One who waits may receive its own tracks: the test of the line. */
export interface Subscribe {
  type: "subscribe";
  tracks: SubscribedTrack[];
  offer?: Offer | null;
}

/** One receiving m-line and the track that is wanted on it; null leaves the line idle. `shown` is how many lines of the picture's shorter side there is room for on the screen, in its own dots; null for all that there are. Of a picture in layers none comes that is larger than that takes. */
export interface SubscribedTrack {
  mid: string;
  track_id: string | null;
  shown?: number | null;
}

/** A stream that can be subscribed to. */
export interface Track {
  id: string;
  participant_id: string;
  source: Source;
  kind: Kind;
  muted: boolean;
}

/** There is something new to subscribe to. */
export interface TrackAdded {
  epoch: string;
  seq: number;
  type: "track_added";
  track: Track;
}

/** A track's sender stopped or resumed it. */
export interface TrackMuted {
  epoch: string;
  seq: number;
  type: "track_muted";
  track_id: string;
  muted: boolean;
}

/** A track ended. */
export interface TrackRemoved {
  epoch: string;
  seq: number;
  type: "track_removed";
  track_id: string;
}

/** Answers hello. `resumed` true: what was missed follows. False: `snapshot` is the truth. */
export interface Welcome {
  epoch: string;
  seq: number;
  type: "welcome";
  participant_id: string;
  state: ParticipantState;
  resumed: boolean;
  grants: Grants;
  snapshot: Snapshot | null;
}

/** What the camera's zoom can be set to, in the camera's own numbers, and what it is now. */
export interface Zoom {
  min: number;
  max: number;
  step: number;
  now: number;
}

export type ClientMessage =
  | Hello
  | Refresh
  | Join
  | Admit
  | Publish
  | Subscribe
  | Renegotiate
  | Candidate
  | Mute
  | Sending
  | Photo
  | Chat
  | Remove
  | ReportCamera
  | AskCamera
  | AgreeCamera
  | AnswerCamera
  | Point
  | AnswerRecording
  | StopRecording
  | DirectDescription
  | DirectCandidate
  | ReportDirect
  | Ping
  | Leave;

export type ServerMessage =
  | Welcome
  | ParticipantJoined
  | ParticipantUpdated
  | ParticipantLeft
  | Admitted
  | TrackAdded
  | TrackRemoved
  | TrackMuted
  | Answer
  | ConnectionLost
  | LayersWanted
  | CodecsWanted
  | PicturesHeld
  | ChatReceived
  | CameraAsked
  | CameraWithdrawn
  | CameraAgreed
  | CameraAnswered
  | RecordingChanged
  | DirectChanged
  | DirectDescribed
  | DirectCandidateFound
  | Ended
  | Error
  | PhotoReceived
  | Pointed
  | Pong;

export type LiveClientMessage =
  | LiveHello
  | Refresh
  | Ping;

export type LiveServerMessage =
  | LiveWelcome
  | LiveEvent
  | Pong;
