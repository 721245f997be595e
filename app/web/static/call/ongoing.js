/** The calls of this page, so that nothing else on it reloads the page under them. */

/** @type {Set<object>} */
export const ongoing = new Set();
