/** What is drawn over a page: as vectors, by whom, saved as it is drawn; undone, it stays on record. */

/**
 * @typedef {import("./zoom.js").Place} Place
 *
 * @typedef {object} Mark as the API gives it
 * @property {string} id
 * @property {number} page
 * @property {{ kind: "spot" | "line", points: [number, number][] }} shape
 * @property {string} drawn_by_name
 * @property {string | null} drawn_by
 * @property {string | null} cleared_at
 */

const SVG = "http://www.w3.org/2000/svg";
/** A stroke of the hand has a point every few pixels; more says nothing. */
const MOST_POINTS = 200;
const RETRY_MS = 2_000;

export class Marks {
  /** @type {SVGElement} */
  #svg;
  #address = "";
  #page = 1;
  /** @type {Mark[]} */
  #marks = [];
  #me = "";
  /** Taken back here, whatever the service still says. @type {Set<string>} */
  #cleared = new Set();
  /** One after another, in the order in which they were drawn. */
  #sending = Promise.resolve();

  /** @param {SVGElement} svg over the picture, its viewBox 0 0 1 1 @param {string} me practitioner's id */
  constructor(svg, me) {
    this.#svg = svg;
    this.#me = me;
  }

  /** @returns {boolean} whether there is something of one's own to take back */
  get canUndo() {
    return this.#seen().some((mark) => this.#isMine(mark));
  }

  /** Who has drawn what can be seen, in words. */
  get words() {
    const seen = this.#seen();
    const names = [...new Set(seen.map((mark) => mark.drawn_by_name || "You"))];
    if (seen.length === 0) return "Nothing is drawn on it.";
    return `${seen.length === 1 ? "1 mark" : `${seen.length} marks`} by ${names.join(" and ")}.`;
  }

  /** @param {string} documentId @param {number} page */
  async open(documentId, page) {
    const address = `/api/v1/documents/${documentId}/marks`;
    this.#address = address;
    this.#page = page;
    this.#marks = [];
    this.#draw();
    await this.refresh();
  }

  /** Something was drawn or cleared, here or there. */
  async refresh() {
    const address = this.#address;
    const response = await fetch(address).catch(() => null);
    if (!response?.ok || address !== this.#address) return;
    /** @type {Mark[]} */
    const items = (await response.json()).items;
    const isOnItsWay = (/** @type {Mark} */ mark) =>
      mark.drawn_by === null && !items.some(({ id }) => id === mark.id);
    this.#marks = [...items, ...this.#marks.filter(isOnItsWay)];
    this.#draw();
  }

  /** @param {Place[]} places one for a spot */
  add(places) {
    const every = Math.ceil(places.length / MOST_POINTS);
    const kept = places.filter((_, index) => index % every === 0 || index === places.length - 1);
    /** @type {Mark["shape"]} */
    const shape = {
      kind: kept.length > 1 ? "line" : "spot",
      points: kept.map(({ x, y }) => [rounded(x), rounded(y)]),
    };
    const id = crypto.randomUUID();
    this.#marks.push({ id, page: this.#page, shape, drawn_by_name: "", drawn_by: null, cleared_at: null });
    this.#draw();
    this.#send(this.#address, { id, page: this.#page, shape });
  }

  /** Takes back the last of one's own. */
  undo() {
    const mark = this.#seen().findLast((each) => this.#isMine(each));
    if (!mark) return;
    this.#cleared.add(mark.id);
    this.#draw();
    this.#send(`${this.#address}/${mark.id}/cleared`, null);
  }

  /** @param {Place[]} places the stroke under the hand; none when it is over */
  sketch(places) {
    this.#svg.querySelector("[data-sketch]")?.remove();
    if (places.length < 2) return;
    const group = this.#group(places.map(({ x, y }) => [x, y]), true);
    group.dataset["sketch"] = "";
    this.#svg.append(group);
  }

  /** @param {string} address @param {object | null} body */
  #send(address, body) {
    this.#sending = this.#sending.then(async () => {
      for (;;) {
        const response = await post(address, body);
        if (response && response.status < 500 && response.status !== 429) return;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    });
  }

  #seen() {
    const isThere = (/** @type {Mark} */ mark) => !mark.cleared_at && !this.#cleared.has(mark.id);
    return this.#marks.filter((mark) => mark.page === this.#page && isThere(mark));
  }

  /** @param {Mark} mark */
  #isMine(mark) {
    return mark.drawn_by === null || mark.drawn_by === this.#me;
  }

  #draw() {
    this.#svg.replaceChildren(
      ...this.#seen().map((mark) => this.#group(mark.shape.points, this.#isMine(mark))),
    );
  }

  /**
   * Two strokes, dark below light: seen on skin, on paper and on snow.
   *
   * @param {[number, number][]} points
   * @param {boolean} isOwn
   */
  #group(points, isOwn) {
    const group = /** @type {SVGGElement} */ (document.createElementNS(SVG, "g"));
    group.setAttribute("class", `app-mark app-mark--${isOwn ? "own" : "other"}`);
    group.classList.toggle("app-mark--spot", points.length === 1);
    const [first, ...rest] = points;
    const line = rest.length > 0 ? rest.map((point) => `L${point}`).join("") : "l0 0";
    for (const name of ["casing", "stroke"]) {
      const path = document.createElementNS(SVG, "path");
      path.setAttribute("class", `app-mark__${name}`);
      path.setAttribute("d", `M${first}${line}`);
      group.append(path);
    }
    return group;
  }
}

/** @param {number} share */
function rounded(share) {
  return Math.round(share * 10_000) / 10_000;
}

/** @param {string} address @param {object | null} body */
function post(address, body) {
  const headers = { "Content-Type": "application/json" };
  const sent = body ? { headers, body: JSON.stringify(body) } : {};
  return fetch(address, { method: "POST", ...sent }).catch(() => null);
}
