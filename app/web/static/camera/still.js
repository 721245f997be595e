/**
 * A picture at the camera's full resolution, straight into memory: no file, no camera roll.
 * `takePhoto` where the browser has it (Chromium), else the best frame of the track.
 */

import { pictureWanted } from "./capabilities.js";

/**
 * @typedef {object} PhotoCapabilities
 * @property {{ max: number }} [imageWidth]
 * @property {{ max: number }} [imageHeight]
 *
 * @typedef {object} Capture ImageCapture, which TypeScript knows not yet
 * @property {() => Promise<PhotoCapabilities>} getPhotoCapabilities
 * @property {(settings?: { imageWidth: number, imageHeight: number }) => Promise<Blob>} takePhoto
 */

const PHOTO_DEADLINE_MS = 8_000;
const FRAME_DEADLINE_MS = 3_000;
const QUALITY = 0.95;
/** The service takes 20 MB; a larger photo is written anew. */
const MOST_BYTES = 19_000_000;

/**
 * @param {MediaStreamTrack} track of a camera
 * @returns {Promise<Blob>} throws where the camera gives no picture
 */
export async function takeStill(track) {
  const photo = await within(photoOf(track), PHOTO_DEADLINE_MS).catch(() => null);
  if (photo && photo.size > 0 && photo.size <= MOST_BYTES) return photo;
  return photo && photo.size > 0 ? writtenAnew(photo) : bestFrame(track);
}

/** @param {MediaStreamTrack} track @returns {Promise<Blob>} */
async function photoOf(track) {
  const { ImageCapture } = /** @type {{ ImageCapture?: new (track: MediaStreamTrack) => Capture }} */ (
    /** @type {unknown} */ (globalThis)
  );
  if (!ImageCapture) throw new Error("no ImageCapture");
  const capture = new ImageCapture(track);
  const { imageWidth, imageHeight } = await capture.getPhotoCapabilities();
  if (!imageWidth?.max || !imageHeight?.max) return capture.takePhoto();
  const largest = { imageWidth: imageWidth.max, imageHeight: imageHeight.max };
  return capture.takePhoto(largest).catch(() => capture.takePhoto());
}

/**
 * The call asks for 720p; for a moment the track is asked for all it has.
 *
 * @param {MediaStreamTrack} track
 * @returns {Promise<Blob>}
 */
async function bestFrame(track) {
  const { width, height } = track.getSettings();
  // Light and zoom may have taken the place of what was wanted: what there is must come back.
  const before = { width, height, ...pictureWanted(track) };
  const can = track.getCapabilities?.() ?? {};
  const largest = { width: { ideal: can.width?.max ?? 4096 }, height: { ideal: can.height?.max ?? 2160 } };
  await track.applyConstraints({ ...before, ...largest }).catch(() => undefined);
  try {
    return await frameOf(track);
  } finally {
    await track.applyConstraints(before).catch(() => undefined);
  }
}

/** @param {MediaStreamTrack} track @returns {Promise<Blob>} */
async function frameOf(track) {
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  video.srcObject = new MediaStream([track]);
  try {
    await within(video.play(), FRAME_DEADLINE_MS);
    await nextFrame(video);
    return await pictureOf(video, video.videoWidth, video.videoHeight);
  } finally {
    video.srcObject = null;
  }
}

/**
 * What a video element shows, at the resolution in which it came.
 *
 * @param {HTMLVideoElement} video
 * @returns {Promise<Blob>} throws where there is no picture yet
 */
export function frameShown(video) {
  return pictureOf(video, video.videoWidth, video.videoHeight);
}

/** @param {Blob} photo @returns {Promise<Blob>} */
async function writtenAnew(photo) {
  const bitmap = await createImageBitmap(photo);
  return pictureOf(bitmap, bitmap.width, bitmap.height);
}

/**
 * @param {CanvasImageSource} source
 * @param {number} width
 * @param {number} height
 * @returns {Promise<Blob>}
 */
async function pictureOf(source, width, height) {
  if (!width || !height) throw new Error("no picture");
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  canvas.getContext("2d")?.drawImage(source, 0, 0);
  return new Promise((resolve, reject) => {
    const done = (/** @type {Blob | null} */ blob) => (blob ? resolve(blob) : reject(new Error("no picture")));
    canvas.toBlob(done, "image/jpeg", QUALITY);
  });
}

/** The first frame may still be of the size before. @param {HTMLVideoElement} video */
function nextFrame(video) {
  const come = new Promise((resolve) => {
    if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback(resolve);
    else setTimeout(resolve, 250);
  });
  return within(come, FRAME_DEADLINE_MS);
}

/**
 * @template Value
 * @param {Promise<Value>} promise
 * @param {number} ms
 * @returns {Promise<Value>}
 */
function within(promise, ms) {
  const late = new Promise((_, reject) => setTimeout(() => reject(new Error("too late")), ms));
  return /** @type {Promise<Value>} */ (Promise.race([promise, late]));
}
