/**
 * Cameras, microphones and speakers: what is there, what is allowed, and opening them.
 * Failures come out in plain words (failures.js).
 */

import { failureOf } from "./failures.js";

/** 720p at 30 a second: enough to see breathing and skin, and every phone can do it. */
const PICTURE = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
const SOUND = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

/**
 * @typedef {import("./failures.js").Failure} Failure
 * @typedef {"camera" | "microphone"} InputKind
 * @typedef {"user" | "environment"} Facing the person's own face, or what is in front of them
 *
 * @typedef {object} Wanted
 * @property {boolean} [audio]
 * @property {boolean} [video]
 * @property {Facing} [facing]
 * @property {string} [cameraId]
 * @property {string} [microphoneId]
 *
 * @typedef {object} Opened
 * @property {MediaStreamTrack | null} audio
 * @property {MediaStreamTrack | null} video
 * @property {Failure | null} audioFailure
 * @property {Failure | null} videoFailure
 *
 * @typedef {object} Device
 * @property {string} id
 * @property {string} name in words, also before permission is given
 *
 * @typedef {{ cameras: Device[], microphones: Device[], speakers: Device[] }} Devices
 */

/**
 * @param {InputKind} kind
 * @returns {Promise<"granted" | "denied" | "prompt" | "unknown">} unknown where a browser will
 *   not say
 */
export async function permissionState(kind) {
  try {
    const name = /** @type {PermissionName} */ (kind);
    return (await navigator.permissions.query({ name })).state;
  } catch {
    return "unknown";
  }
}

/** @returns {Promise<Devices>} names stay general until permission is given */
export async function listDevices() {
  const found = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  return {
    cameras: named(found, "videoinput", "Camera"),
    microphones: named(found, "audioinput", "Microphone"),
    speakers: named(found, "audiooutput", "Speaker"),
  };
}

/** @returns {boolean} whether this browser lets a page choose the speaker */
export function canChooseSpeaker() {
  return "setSinkId" in HTMLMediaElement.prototype;
}

/**
 * Opens both with one question to the person, and falls back to what works: sound alone,
 * picture alone, or nothing. Never throws.
 *
 * @param {Wanted} wanted
 * @returns {Promise<Opened>}
 */
export async function openDevices({ audio = true, video = true, ...choice }) {
  if (audio && video) {
    const both = await open(constraintsOf({ audio, video, ...choice })).catch(() => null);
    if (both) return openedFrom(both);
  }
  const [sound, picture] = [
    audio ? await openOne("microphone", choice) : null,
    video ? await openOne("camera", choice) : null,
  ];
  return {
    audio: sound?.track ?? null,
    video: picture?.track ?? null,
    audioFailure: sound?.failure ?? null,
    videoFailure: picture?.failure ?? null,
  };
}

/**
 * @param {InputKind} kind
 * @param {Wanted} choice
 * @returns {Promise<{ track: MediaStreamTrack | null, failure: Failure | null }>}
 */
export async function openOne(kind, choice) {
  const isAudio = kind === "microphone";
  const wanted = { ...choice, audio: isAudio, video: !isAudio };
  try {
    const stream = await open(constraintsOf(wanted)).catch((error) => {
      if (!isGoneDevice(error)) throw error;
      return open(constraintsOf({ audio: isAudio, video: !isAudio }));
    });
    return { track: stream.getTracks()[0] ?? null, failure: null };
  } catch (error) {
    return { track: null, failure: failureOf(error, kind) };
  }
}

/**
 * @param {Wanted} wanted
 * @returns {MediaStreamConstraints}
 */
export function constraintsOf({ audio, video, facing, cameraId, microphoneId }) {
  const camera = cameraId ? { deviceId: { exact: cameraId } } : { facingMode: facing ?? "user" };
  // Chromium lets a page zoom only where it has asked for it together with the camera.
  const zoom = facing === "environment" ? { zoom: true } : {};
  const microphone = microphoneId ? { deviceId: { exact: microphoneId } } : {};
  return {
    audio: audio ? { ...SOUND, ...microphone } : false,
    video: video ? { ...PICTURE, ...zoom, ...camera } : false,
  };
}

/** @param {MediaStreamConstraints} constraints */
async function open(constraints) {
  if (!navigator.mediaDevices) throw new DOMException("", "SecurityError");
  return navigator.mediaDevices.getUserMedia(constraints);
}

/** A chosen device was unplugged since: any other will do. @param {unknown} error */
function isGoneDevice(error) {
  return error instanceof DOMException || error instanceof Error
    ? ["OverconstrainedError", "NotFoundError"].includes(error.name)
    : false;
}

/** @param {MediaStream} stream @returns {Opened} */
function openedFrom(stream) {
  return {
    audio: stream.getAudioTracks()[0] ?? null,
    video: stream.getVideoTracks()[0] ?? null,
    audioFailure: null,
    videoFailure: null,
  };
}

/**
 * @param {MediaDeviceInfo[]} found
 * @param {MediaDeviceKind} kind
 * @param {string} word
 * @returns {Device[]}
 */
function named(found, kind, word) {
  return found
    .filter((device) => device.kind === kind)
    .map((device, index) => ({
      id: device.deviceId,
      name: device.label || (index === 0 ? word : `${word} ${index + 1}`),
    }));
}
