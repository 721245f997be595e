/** The calls of this page, so that nothing else on it reloads the page under them. */

import { soundAsInCall, soundAsUsual } from "./audiosession.js";

/** @type {Set<object>} */
export const ongoing = new Set();

/** @param {object} call */
export function began(call) {
  ongoing.add(call);
  soundAsInCall();
}

/** @param {object} call */
export function ended(call) {
  ongoing.delete(call);
  if (ongoing.size === 0) soundAsUsual();
}
