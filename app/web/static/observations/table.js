/** The same as the charts in a table, for whoever reads rather than looks: a row a step of time. */

import { SIGNS } from "./signs.js";

const ROWS = 12;

/**
 * @typedef {import("./series.js").Series} Series
 *
 * @param {Series} series
 * @param {number} from in milliseconds since 1970
 * @param {number} until
 * @param {(at: number) => string} clock
 */
export function tableOf(series, from, until, clock) {
  const table = document.createElement("table");
  table.className = "nhsuk-table";
  const head = table.createTHead().insertRow();
  for (const words of ["Time", "NEWS2", ...SIGNS.map(({ name, unit }) => `${name}, ${unit}`)]) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = words;
    head.append(cell);
  }
  const body = table.createTBody();
  const step = (until - from) / ROWS;
  for (let number = ROWS; number > 0; number -= 1) {
    const end = from + number * step;
    const cells = SIGNS.map((sign) => [sign.code, sign.also].map((code) => lastIn(series, code, end - step, end)));
    if (cells.every((values) => values.every((value) => value === undefined))) continue;
    const row = body.insertRow();
    row.insertCell().textContent = clock(end);
    row.insertCell().textContent = scoreAt(series, end);
    for (const values of cells) {
      row.insertCell().textContent = values.filter((value) => value !== undefined).join(" / ") || "–";
    }
  }
  return table;
}

/**
 * @param {Series} series
 * @param {string | undefined} code
 * @param {number} from
 * @param {number} until
 */
function lastIn(series, code, from, until) {
  const points = code ? (series.points.get(code) ?? []) : [];
  return points.findLast(({ at }) => Date.parse(at) > from && Date.parse(at) <= until)?.last;
}

/** @param {Series} series @param {number} at */
function scoreAt(series, at) {
  const score = series.scores.findLast((each) => Date.parse(each.at) <= at);
  return score ? String(score.total ?? `at least ${score.at_least}`) : "–";
}
