/**
 * The course of a patient's vital signs: one small chart a sign, live. An event says since when there
 * is something new, and only that is fetched.
 */

import { serverNow } from "../clock.js";
import { liveStream, whenStale } from "../live.js";
import { chart, stepChart } from "./draw.js";
import { CODED_WORDS, SCORE_BANDS, SCORE_HIGH, SIGNS } from "./signs.js";
import { Series } from "./series.js";
import { tableOf } from "./table.js";

/** Several events of one moment need one fetch. */
const GATHER_MS = 30;
/** Time goes on when nothing comes. */
const REDRAW_MS = 5_000;
const RETRY_MS = 3_000;

/**
 * @typedef {import("./draw.js").Band} Band
 * @typedef {import("./series.js").Answer} Answer
 * @typedef {import("./signs.js").Sign} Sign
 * @typedef {import("../live.js").DomainEvent} DomainEvent
 * @typedef {import("../live.js").LiveStream} LiveStream
 */

/** One panel of charts. */
export class Charts {
  #root;
  #series = new Series();
  /** @type {Record<string, Band[]>} */
  #bands;
  #minutes = 15;
  #timer = 0;
  #fetching = false;
  #isLoaded = false;
  /** From where on something is new; null is nothing, the beginning of the world is all. @type {string | null} */
  #due = "";
  /** @type {Map<string, HTMLElement>} */
  #places = new Map();

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root;
    this.#bands = JSON.parse(root.dataset["bands"] ?? "{}");
    const chosen = root.querySelector("input:checked");
    if (chosen instanceof HTMLInputElement) this.#minutes = Number(chosen.value);
  }

  /** @param {LiveStream} stream */
  start(stream = liveStream()) {
    stream.addEventListener("event", (event) => {
      this.#happened(/** @type {CustomEvent<DomainEvent>} */ (event).detail);
    });
    whenStale(stream, () => this.#want(""));
    this.#root.addEventListener("change", (event) => {
      const target = event.target;
      if (!(target instanceof HTMLInputElement) || target.type !== "radio") return;
      this.#minutes = Number(target.value);
      this.#series = new Series();
      this.#isLoaded = false;
      this.#want("");
    });
    setInterval(() => this.#draw(), REDRAW_MS);
    this.#want("");
  }

  /** @param {DomainEvent} happened */
  #happened({ event, id, payload }) {
    const record = this.#root.dataset["record"];
    if (event === "observations.streamed") {
      const since = /** @type {Record<string, string>} */ (payload["since"] ?? {})[record ?? ""];
      if (since) this.#want(since);
    } else if (event === "observation.recorded") {
      const isOurs = payload["request_id"] === record || payload["encounter_id"] === record;
      if (isOurs && payload["code"] !== "news2") this.#want(String(payload["taken_at"] ?? ""));
      else if (isOurs) this.#want(new Date(serverNow() - 60_000).toISOString());
    } else if (event === "request.changed" && id === record) {
      this.#want(new Date(serverNow()).toISOString());
    }
  }

  /** @param {string} since */
  #want(since) {
    this.#due = this.#due === null || since < this.#due ? since : this.#due;
    if (!this.#timer && !this.#fetching) this.#fetchIn(GATHER_MS);
  }

  /** @param {number} delayMs */
  #fetchIn(delayMs) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = 0;
      void this.#fetch();
    }, delayMs);
  }

  async #fetch() {
    const since = this.#due ?? "";
    this.#due = null;
    this.#fetching = true;
    try {
      const query = new URLSearchParams({ minutes: String(this.#minutes) });
      if (since) query.set("after", since);
      const response = await fetch(`${this.#root.dataset["src"]}?${query}`, { cache: "no-store" });
      if (!response.ok) throw new Error(`The charts' answer was ${response.status}`);
      this.#series.take(/** @type {Answer} */ (await response.json()));
      this.#isLoaded = true;
      this.#draw();
    } catch {
      this.#due = "";
      this.#say("The charts could not be brought up to date. Trying again…");
      this.#fetchIn(RETRY_MS);
    } finally {
      this.#fetching = false;
    }
    if (this.#due !== null && !this.#timer) this.#fetchIn(GATHER_MS);
  }

  #draw() {
    if (!this.#isLoaded) return;
    const until = serverNow();
    const from = until - this.#minutes * 60_000;
    this.#series.forgetBefore(from);
    this.#say(this.#series.isEmpty ? "Nothing has been measured yet. The charts begin with the first reading." : "");
    this.#find("all").hidden = this.#series.isEmpty;
    if (this.#series.isEmpty) return;
    this.#drawScore(from, until);
    for (const sign of SIGNS) this.#drawSign(sign, from, until);
    this.#find("words").textContent = this.#codedWords();
    const table = this.#find("table");
    if (table.closest("details")?.open) table.replaceChildren(tableOf(this.#series, from, until, this.#clock));
  }

  /** @param {number} from @param {number} until */
  #drawScore(from, until) {
    const scores = this.#series.scores;
    const place = this.#place("news2", "NEWS2");
    place.hidden = scores.length === 0;
    const newest = scores.at(-1);
    if (!newest) return;
    const shown = newest.refused ? "not scored" : String(newest.total ?? `≥ ${newest.at_least}`);
    const steps = scores
      .filter(({ refused }) => !refused)
      .map(({ at, total, at_least }) => ({ at: Date.parse(at), value: total ?? at_least }));
    const label = `NEWS2 ${shown} now. ${steps.map(({ at, value }) => `${value} from ${this.#clock(at)}`).join(", ")}.`;
    const frame = { from, until, low: 0, high: SCORE_HIGH };
    const words = newest.total === null && !newest.refused ? "not complete" : "";
    this.#fill(place, shown, words, stepChart(frame, SCORE_BANDS, steps, label), frame);
  }

  /** @param {Sign} sign @param {number} from @param {number} until */
  #drawSign(sign, from, until) {
    const points = this.#series.points.get(sign.code) ?? [];
    const more = sign.also ? (this.#series.points.get(sign.also) ?? []) : [];
    const newest = this.#series.newest.get(sign.code);
    const place = this.#place(sign.code, sign.name);
    place.hidden = !newest;
    if (!newest) return;
    const also = sign.also ? this.#series.newest.get(sign.also)?.value : undefined;
    const value = Number(newest.value).toFixed(sign.places);
    const shown = also === undefined || also === null ? value : `${value}/${also.toFixed(sign.places)}`;
    const all = [...points, ...more];
    const frame = {
      from,
      until,
      low: Math.min(sign.low, ...all.map(({ low }) => low)),
      high: Math.max(sign.high, ...all.map(({ high }) => high)),
    };
    const lines = [
      { points, name: "first" },
      { points: more, name: "second" },
    ];
    const drawn = chart(frame, this.#bandsOf(sign.code), lines, this.#series.everySeconds, labelOf(sign, shown, points, this.#clock));
    const age = Math.max(0, until - Date.parse(newest.taken_at));
    const marks = [sign.unit, ageWords(age)];
    if (newest.stale) marks.push("old: take again");
    if (newest.unusual && !newest.confirmed) marks.push("unusual: check");
    place.classList.toggle("app-chart--stale", newest.stale);
    this.#fill(place, shown, marks.join(", "), drawn, frame);
  }

  /** @param {string} code */
  #bandsOf(code) {
    if (this.#series.refused) return [];
    if (code !== "oxygen-saturation") return this.#bands[code] ?? [];
    if (this.#series.scale !== 2) return this.#bands[`${code}/1`] ?? [];
    const breathes = this.#series.newest.get("inspired-oxygen")?.text_value === "air" ? "air" : "oxygen";
    return this.#bands[`${code}/2-${breathes}`] ?? [];
  }

  /** Consciousness, and air or oxygen, since when. */
  #codedWords() {
    const said = ["consciousness", "inspired-oxygen"].map((code) => {
      const newest = this.#series.newest.get(code);
      if (!newest) return "";
      const words = CODED_WORDS[newest.text_value] ?? newest.text_value;
      return `${words} at ${this.#clock(Date.parse(newest.taken_at))}`;
    });
    const words = said.filter(Boolean).join(". ");
    return words ? `${words}.` : "";
  }

  /** @param {string} code @param {string} name @returns {HTMLElement} */
  #place(code, name) {
    const known = this.#places.get(code);
    if (known) return known;
    const place = document.createElement("div");
    place.className = "app-chart";
    const head = document.createElement("div");
    head.className = "app-chart__head";
    const title = document.createElement("span");
    title.className = "app-chart__name";
    title.textContent = name;
    const value = document.createElement("strong");
    value.className = "app-chart__value";
    const words = document.createElement("span");
    words.className = "app-chart__words";
    head.append(title, value, words);
    const picture = document.createElement("div");
    picture.className = "app-chart__box";
    const axis = document.createElement("div");
    axis.className = "app-chart__axis";
    axis.setAttribute("aria-hidden", "true");
    place.append(head, picture, axis);
    this.#find("all").append(place);
    this.#places.set(code, place);
    return place;
  }

  /**
   * @param {HTMLElement} place
   * @param {string} value
   * @param {string} words
   * @param {Element} picture
   * @param {import("./draw.js").Frame} frame
   */
  #fill(place, value, words, picture, frame) {
    const [head, drawn, axis] = /** @type {[HTMLElement, HTMLElement, HTMLElement]} */ (
      /** @type {unknown} */ (place.children)
    );
    const [, shown, said] = /** @type {[HTMLElement, HTMLElement, HTMLElement]} */ (
      /** @type {unknown} */ (head.children)
    );
    shown.textContent = value;
    said.textContent = words;
    const ends = [frame.high, frame.low].map((end) => {
      const mark = document.createElement("span");
      mark.className = "app-chart__end";
      mark.setAttribute("aria-hidden", "true");
      mark.textContent = String(Math.round(end));
      return mark;
    });
    drawn.replaceChildren(picture, ...ends);
    const middle = (frame.from + frame.until) / 2;
    axis.replaceChildren(
      ...[this.#clock(frame.from), this.#clock(middle), "now"].map((text) => {
        const mark = document.createElement("span");
        mark.textContent = text;
        return mark;
      }),
    );
  }

  /** @param {number} at */
  #clock = (at) =>
    new Date(at).toLocaleTimeString("en-GB", {
      hour: "2-digit",
      minute: "2-digit",
      timeZone: this.#root.dataset["zone"] || "Europe/London",
    });

  /** @param {string} words */
  #say(words) {
    const state = this.#find("state");
    state.textContent = words;
    state.hidden = words === "";
  }

  /** @param {string} name */
  #find(name) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(`[data-charts-${name}]`));
  }
}

/**
 * @param {Sign} sign
 * @param {string} shown
 * @param {import("./series.js").Point[]} points
 * @param {(at: number) => string} clock
 */
function labelOf(sign, shown, points, clock) {
  const [first] = points;
  if (!first) return `${sign.name} ${shown} ${sign.unit}. None in this time.`;
  const lowest = Math.min(...points.map(({ low }) => low));
  const highest = Math.max(...points.map(({ high }) => high));
  return `${sign.name} ${shown} ${sign.unit} now, from ${first.last} at ${clock(Date.parse(first.at))}. Lowest ${lowest}, highest ${highest}.`;
}

/** @param {number} ageMs */
function ageWords(ageMs) {
  const seconds = Math.round(ageMs / 1_000);
  if (seconds < 10) return "now";
  if (seconds < 90) return `${Math.round(seconds / 10) * 10} s ago`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min ago` : `${Math.round(minutes / 60)} h ago`;
}
