/** What the charts have: points by sign, kept in order and replaced from where an answer begins. */

/**
 * @typedef {object} Point
 * @property {string} at
 * @property {number} low
 * @property {number} high
 * @property {number} last
 *
 * @typedef {{ code: string, at: string, text_value: string }} Change
 * @typedef {{ at: string, total: number | null, at_least: number, risk: string, refused: string }} Score
 *
 * @typedef {object} Newest
 * @property {string} code
 * @property {number | null} value
 * @property {string} text_value
 * @property {string} taken_at
 * @property {boolean} stale
 * @property {boolean} unusual
 * @property {boolean} confirmed
 * @property {string} source
 *
 * @typedef {object} Answer
 * @property {string} since
 * @property {string} until
 * @property {number} every_seconds
 * @property {{ code: string, points: Point[] }[]} signs
 * @property {Change[]} changes
 * @property {Score[]} scores
 * @property {Newest[]} newest
 * @property {number | null} spo2_scale
 * @property {string | null} refused
 */

/** Lasting state of a page's charts. */
export class Series {
  /** @type {Map<string, Point[]>} */
  points = new Map();
  /** @type {Change[]} */
  changes = [];
  /** @type {Score[]} */
  scores = [];
  /** @type {Map<string, Newest>} */
  newest = new Map();
  everySeconds = 1;
  /** @type {number | null} */
  scale = null;
  /** @type {string | null} */
  refused = null;

  /** @param {Answer} answer */
  take(answer) {
    const since = Date.parse(answer.since);
    for (const [code, points] of this.points) {
      this.points.set(code, before(points, since));
    }
    for (const { code, points } of answer.signs) {
      this.points.set(code, [...(this.points.get(code) ?? []), ...points]);
    }
    this.changes = [...before(this.changes, since), ...answer.changes];
    this.scores = merged(before(this.scores, since), answer.scores);
    this.newest = new Map(answer.newest.map((each) => [each.code, each]));
    this.everySeconds = answer.every_seconds;
    this.scale = answer.spo2_scale;
    this.refused = answer.refused;
  }

  /** What lies before is not shown any more. @param {number} from in milliseconds since 1970 */
  forgetBefore(from) {
    for (const [code, points] of this.points) {
      this.points.set(code, points.filter(({ at }) => Date.parse(at) >= from));
    }
  }

  get isEmpty() {
    return this.newest.size === 0;
  }
}

/**
 * @template {{ at: string }} T
 * @param {T[]} items
 * @param {number} since
 */
function before(items, since) {
  return items.filter(({ at }) => Date.parse(at) < since);
}

/** The first of an answer's scores may be the one that we have. @param {Score[]} kept @param {Score[]} more */
function merged(kept, more) {
  const known = new Set(kept.map(({ at }) => at));
  const fresh = more.filter(({ at }) => !known.has(at));
  return [...kept, ...fresh].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}
