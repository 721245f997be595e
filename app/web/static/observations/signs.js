/** Which signs have a chart of their own, in the order of NEWS2's chart. */

/**
 * @typedef {object} Sign
 * @property {string} code
 * @property {string} [also] a second line in the same chart
 * @property {string} name
 * @property {string} unit
 * @property {number} low what the chart shows at least
 * @property {number} high
 * @property {number} places decimals
 */

/** @type {Sign[]} */
export const SIGNS = [
  { code: "respiratory-rate", name: "Breathing rate", unit: "a minute", low: 5, high: 35, places: 0 },
  { code: "oxygen-saturation", name: "Oxygen saturation", unit: "%", low: 82, high: 100, places: 0 },
  {
    code: "systolic-blood-pressure",
    also: "diastolic-blood-pressure",
    name: "Blood pressure",
    unit: "mmHg",
    low: 50,
    high: 220,
    places: 0,
  },
  { code: "heart-rate", name: "Pulse", unit: "a minute", low: 35, high: 140, places: 0 },
  { code: "temperature", name: "Temperature", unit: "°C", low: 34.5, high: 40, places: 1 },
];

/** @type {Record<string, string>} */
export const CODED_WORDS = {
  A: "Alert",
  C: "New confusion",
  V: "Responds to voice",
  P: "Responds to pain",
  U: "Unresponsive",
  air: "Breathing air",
  oxygen: "On oxygen",
};
export const SCORE_HIGH = 20;
/** Of the score: medium from 5, high from 7 (RCP 2017, chart 2). */
export const SCORE_BANDS = [
  { up_to: 4, points: 0 },
  { up_to: 6, points: 2 },
  { points: 3 },
];
