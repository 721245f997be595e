/** Which free time an arrow key goes to. Pure. */

/**
 * @typedef {object} Place
 * @property {number} column of a day or a person, from 0
 * @property {number} start in milliseconds
 * @property {number} wall how far down the table it stands
 */

/**
 * Up and down go within the column; left and right to the next column that has any free time,
 * to the one that stands nearest. At an edge nothing changes.
 *
 * @param {Place[]} places in reading order
 * @param {number} current an index into them
 * @param {string} key
 * @returns {number} an index into them
 */
export function neighbour(places, current, key) {
  const here = places[current];
  if (!here) return current;
  const indexed = places.map((place, index) => ({ ...place, index }));
  if (key === "ArrowUp" || key === "ArrowDown") {
    const own = indexed
      .filter((place) => place.column === here.column)
      .sort((one, other) => one.start - other.start || one.wall - other.wall);
    const at = own.findIndex((place) => place.index === current);
    return own[at + (key === "ArrowDown" ? 1 : -1)]?.index ?? current;
  }
  const step = key === "ArrowRight" ? 1 : -1;
  const beyond = indexed.filter((place) => (place.column - here.column) * step > 0);
  const column = step * Math.min(...beyond.map((place) => place.column * step));
  const [nearest] = beyond
    .filter((place) => place.column === column)
    .sort((one, other) => Math.abs(one.wall - here.wall) - Math.abs(other.wall - here.wall));
  return nearest?.index ?? current;
}
