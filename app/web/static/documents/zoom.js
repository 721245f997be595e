/** Where a picture lies in its pane, and how large: numbers only. Lengths are CSS pixels. */

/**
 * @typedef {object} Size
 * @property {number} width
 * @property {number} height
 *
 * @typedef {object} View
 * @property {number} scale shown pixels for one of the picture's; 1 is 1:1
 * @property {number} x of the picture's left edge in the pane
 * @property {number} y of its upper edge
 *
 * @typedef {{ x: number, y: number }} Place
 */

export const LARGEST = 8;
const STEP = 1.25;

/**
 * The whole picture, in the middle; never larger than it is.
 *
 * @param {Size} pane
 * @param {Size} picture
 * @returns {View}
 */
export function fitted(pane, picture) {
  const scale = Math.min(1, pane.width / picture.width, pane.height / picture.height);
  return inside({ scale, x: 0, y: 0 }, pane, picture);
}

/**
 * The same with another scale; what lies at `at` stays where it is.
 *
 * @param {View} view
 * @param {number} scale
 * @param {Place} at in the pane
 * @param {{ pane: Size, picture: Size }} sizes
 * @returns {View}
 */
export function scaled(view, scale, at, { pane, picture }) {
  const bounded = Math.min(LARGEST, Math.max(smallest(pane, picture), scale));
  const factor = bounded / view.scale;
  const moved = { scale: bounded, x: at.x - (at.x - view.x) * factor, y: at.y - (at.y - view.y) * factor };
  return inside(moved, pane, picture);
}

/** @param {View} view @param {number} steps positive for larger @returns {number} the next scale */
export function stepped(view, steps) {
  return view.scale * STEP ** steps;
}

/**
 * @param {View} view
 * @param {Place} by
 * @param {{ pane: Size, picture: Size }} sizes
 * @returns {View}
 */
export function moved(view, by, { pane, picture }) {
  return inside({ ...view, x: view.x + by.x, y: view.y + by.y }, pane, picture);
}

/**
 * A place in the pane as parts of the picture's width and height, kept on the picture.
 *
 * @param {View} view
 * @param {Place} at
 * @param {Size} picture
 * @returns {Place}
 */
export function placeOn(view, at, picture) {
  const part = (/** @type {number} */ length, /** @type {number} */ whole) =>
    Math.min(1, Math.max(0, length / (whole * view.scale)));
  return { x: part(at.x - view.x, picture.width), y: part(at.y - view.y, picture.height) };
}

/** @param {View} view @param {Place} place on the picture @param {Size} picture @returns {Place} in the pane */
export function placeIn(view, place, picture) {
  return {
    x: view.x + place.x * picture.width * view.scale,
    y: view.y + place.y * picture.height * view.scale,
  };
}

/** Half of what fits is small enough. @param {Size} pane @param {Size} picture */
function smallest(pane, picture) {
  return Math.min(1, pane.width / picture.width, pane.height / picture.height) / 2;
}

/**
 * No edge comes further in than it must: a smaller picture stands in the middle.
 *
 * @param {View} view
 * @param {Size} pane
 * @param {Size} picture
 * @returns {View}
 */
function inside({ scale, x, y }, pane, picture) {
  const along = (/** @type {number} */ at, /** @type {number} */ shown, /** @type {number} */ room) =>
    shown <= room ? (room - shown) / 2 : Math.min(0, Math.max(room - shown, at));
  return {
    scale,
    x: along(x, picture.width * scale, pane.width),
    y: along(y, picture.height * scale, pane.height),
  };
}
