/** Draws one chart as SVG: bands of NEWS2 behind, the spread of each point, and the line of the last. */

const SVG = "http://www.w3.org/2000/svg";
export const WIDTH = 600;
export const HEIGHT = 88;
/** Longer without a reading, and the line is broken: nobody knows what was between. */
const GAP_POINTS = 6;
const GAP_LEAST_MS = 240_000;

/**
 * @typedef {import("./series.js").Point} Point
 * @typedef {{ up_to?: number, points: number }} Band
 *
 * @typedef {object} Frame
 * @property {number} from in milliseconds since 1970
 * @property {number} until
 * @property {number} low
 * @property {number} high
 */

/**
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 * @param {Element[]} [children]
 */
export function svg(name, attributes, children = []) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

/**
 * The chart's whole picture.
 *
 * @param {Frame} frame
 * @param {Band[]} bands
 * @param {{ points: Point[], name: string }[]} lines
 * @param {number} everySeconds
 * @param {string} label read out in place of the picture
 */
export function chart(frame, bands, lines, everySeconds, label) {
  const parts = bandsOf(frame, bands);
  for (const { points, name } of lines) {
    const runs = runsOf(points, everySeconds);
    for (const run of runs) {
      parts.push(svg("path", { class: "app-chart__spread", d: spread(frame, run) }));
      parts.push(svg("path", { class: `app-chart__line app-chart__line--${name}`, d: line(frame, run) }));
    }
  }
  return svg("svg", attributesOf(label), parts);
}

/**
 * A score: steps rather than slopes, for it holds until it changes.
 *
 * @param {Frame} frame
 * @param {Band[]} bands
 * @param {{ at: number, value: number }[]} steps
 * @param {string} label
 */
export function stepChart(frame, bands, steps, label) {
  const parts = bandsOf(frame, bands);
  const places = steps.map(({ at, value }) => [x(frame, Math.max(at, frame.from)), y(frame, value)]);
  if (places.length) {
    const path = places.map(([across, up], number) => (number ? `H${across}V${up}` : `M${across} ${up}`));
    const d = `${path.join("")}H${WIDTH}`;
    parts.push(svg("path", { class: "app-chart__line app-chart__line--first", d }));
  }
  return svg("svg", attributesOf(label), parts);
}

/** @param {string} label */
function attributesOf(label) {
  return {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    preserveAspectRatio: "none",
    role: "img",
    "aria-label": label,
    class: "app-chart__picture",
  };
}

/** @param {Frame} frame @param {Band[]} bands */
function bandsOf(frame, bands) {
  let bottom = frame.low;
  const shown = [];
  for (const { up_to, points } of bands) {
    const top = Math.min(up_to ?? frame.high, frame.high);
    if (top > bottom) {
      const up = y(frame, top);
      const height = y(frame, bottom) - up;
      shown.push(svg("rect", { class: `app-chart__band app-chart__band--${points}`, x: 0, y: up, width: WIDTH, height }));
      bottom = top;
    }
  }
  return shown;
}

/** Points without a gap between, together. @param {Point[]} points @param {number} everySeconds */
function runsOf(points, everySeconds) {
  const most = Math.max(GAP_LEAST_MS, everySeconds * 1_000 * GAP_POINTS);
  /** @type {Point[][]} */
  const runs = [];
  let previous = -Infinity;
  for (const point of points) {
    const at = Date.parse(point.at);
    const last = runs.at(-1);
    if (last && at - previous <= most) last.push(point);
    else runs.push([point]);
    previous = at;
  }
  return runs;
}

/** @param {Frame} frame @param {Point[]} run */
function line(frame, run) {
  const places = run.map(({ at, last }) => `${x(frame, Date.parse(at))} ${y(frame, last)}`);
  const [first] = places;
  // One reading alone is a short dash: a path of no length is not drawn everywhere.
  return places.length === 1 ? `M${first}h3` : `M${places.join("L")}`;
}

/** @param {Frame} frame @param {Point[]} run */
function spread(frame, run) {
  const over = run.map(({ at, high }) => `${x(frame, Date.parse(at))} ${y(frame, high)}`);
  const under = run.map(({ at, low }) => `${x(frame, Date.parse(at))} ${y(frame, low)}`);
  return `M${[...over, ...under.reverse()].join("L")}Z`;
}

/** @param {Frame} frame @param {number} at */
function x({ from, until }, at) {
  return round(((at - from) / (until - from)) * WIDTH);
}

/** @param {Frame} frame @param {number} value */
function y({ low, high }, value) {
  return round((1 - (value - low) / (high - low)) * HEIGHT);
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10;
}
