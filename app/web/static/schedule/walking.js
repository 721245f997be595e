/** Arrow keys go from entry to entry of the calendar, so that a day's last is not 90 tabs away. */

import { neighbour } from "./neighbour.js";

const ENTRIES = "[data-grid] :is(a, button, summary).app-slot";
const ARROWS = new Set(["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"]);

/**
 * Up and down within the column, left and right to the next; Home and End to the column's first
 * and last entry. Only from an entry that has the focus: elsewhere keys do what they always do.
 *
 * @param {KeyboardEvent} event
 */
export function walk(event) {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const entries = shown();
  const current = entries.findIndex((entry) => entry === document.activeElement);
  if (current < 0) return;
  const next = entries[destination(entries.map(placeOf), current, event.key)];
  if (!next) return;
  event.preventDefault();
  next.focus();
  next.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/**
 * @param {import("./neighbour.js").Place[]} places
 * @param {number} current
 * @param {string} key
 * @returns {number} an index into them, or -1 for a key that means nothing here
 */
function destination(places, current, key) {
  if (ARROWS.has(key)) return neighbour(places, current, key);
  if (key !== "Home" && key !== "End") return -1;
  const column = places[current]?.column;
  const own = places.map((place) => place.column === column);
  return key === "Home" ? own.indexOf(true) : own.lastIndexOf(true);
}

/** Those that are not folded away, in reading order. */
/** @returns {HTMLElement[]} */
function shown() {
  const all = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(ENTRIES));
  return [...all].filter((entry) => entry.checkVisibility());
}

/** By where it stands: columns are those of the table, whatever it shows. */
/** @param {HTMLElement} entry */
function placeOf(entry) {
  const column = Math.round((entry.closest("td") ?? entry).getBoundingClientRect().left);
  const { top } = entry.getBoundingClientRect();
  return { column, start: top, wall: top };
}
