/** What a camera can do beside taking pictures: light and zoom. Browsers differ in how they say it. */

/**
 * @typedef {import("../call/messages.js").Camera} Camera
 * @typedef {import("../call/messages.js").Zoom} Zoom
 *
 * @typedef {object} Abilities as Media Capture Image names them; TypeScript knows them not yet
 * @property {boolean | boolean[]} [torch]
 * @property {{ min: number, max: number, step?: number }} [zoom]
 *
 * @typedef {object} Settings
 * @property {boolean} [torch]
 * @property {number} [zoom]
 */

/**
 * @param {MediaStreamTrack | null} track of the camera
 * @param {{ cameras: number, agreed: boolean }} more how many there are; may others use it
 * @returns {Camera | null} null where there is no picture to speak of
 */
export function cameraOf(track, { cameras, agreed }) {
  if (!track || track.readyState !== "live") return null;
  const can = abilitiesOf(track);
  const now = /** @type {Settings} */ (track.getSettings());
  return {
    still: true,
    torch: Array.isArray(can.torch) ? can.torch.includes(true) : Boolean(can.torch),
    torch_on: Boolean(now.torch),
    zoom: zoomOf(can.zoom, now.zoom),
    cameras: Math.min(16, cameras),
    agreed,
  };
}

/** @param {MediaStreamTrack} track @returns {Abilities} */
function abilitiesOf(track) {
  return track.getCapabilities ? /** @type {Abilities} */ (track.getCapabilities()) : {};
}

/**
 * @param {Abilities["zoom"]} range
 * @param {number | undefined} now
 * @returns {Zoom | null}
 */
function zoomOf(range, now) {
  if (!range || !(range.max > range.min)) return null;
  const { min, max } = range;
  return { min, max, step: range.step || (max - min) / 20, now: now ?? min };
}

/** @param {MediaStreamTrack} track @param {boolean} on */
export function setTorch(track, on) {
  return set(track, { torch: on });
}

/** @param {MediaStreamTrack} track @param {number} zoom in the camera's own numbers */
export function setZoom(track, zoom) {
  return set(track, { zoom });
}

/**
 * What a track was asked for of its picture: size, rate, which camera. Chromium refuses a call that
 * asks for light or zoom as well.
 *
 * @param {MediaStreamTrack} track
 * @returns {MediaTrackConstraints}
 */
export function pictureWanted(track) {
  const { advanced: _, zoom: __, ...wanted } = /** @type {MediaTrackConstraints & Settings} */ (
    track.getConstraints()
  );
  return wanted;
}

/**
 * One change on top of what was wanted before: constraints replace each other as a whole, and
 * light must not go out because somebody zooms. Chromium takes light and zoom alone, and leaves the
 * picture as it is.
 *
 * @param {MediaStreamTrack} track
 * @param {Settings} change
 */
async function set(track, change) {
  const before = Object.assign({}, ...(track.getConstraints().advanced ?? []));
  const advanced = [/** @type {MediaTrackConstraintSet} */ ({ ...before, ...change })];
  const alone = () => track.applyConstraints({ advanced });
  await track.applyConstraints({ ...pictureWanted(track), advanced }).catch(alone);
}
