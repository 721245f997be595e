/**
 * What stands on a request's page is mirrored on the device, sealed: a page without a signal, or
 * a browser that was killed, shows it again. What the server does not have yet is laid over what
 * it says.
 */

import { valueOf } from "../urgent/fields.js";

const KEEP_AFTER_MS = 1_200;
const OLDEST_MS = 12 * 60 * 60 * 1000;
const FIELD = "field ";

/**
 * @typedef {import("./outbox.js").Outbox} Outbox
 * @typedef {Record<string, string | boolean>} Values of controls by their ids, of a form's fields
 *   by their codes
 *
 * @typedef {object} Case
 * @property {Values} shown
 * @property {Values} unsent those that the server may not have
 * @property {Record<string, string>} words of the request: service, question, phone
 * @property {number} savedAt
 *
 * @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Control
 */

/** @param {string} request */
export function caseName(request) {
  return `case/${request}`;
}

/** @param {Outbox} outbox @param {string} request @returns {Promise<Case>} */
export async function caseOf(outbox, request) {
  const found = await outbox.fact(caseName(request));
  return found ?? { shown: {}, unsent: {}, words: {}, savedAt: Date.now() };
}

/** Cases of another shift go. @param {Outbox} outbox */
export async function forgetOldCases(outbox) {
  const waiting = new Set((await outbox.list()).map(({ request }) => request));
  for (const name of await outbox.factNames()) {
    if (!name.startsWith("case/") || waiting.has(name.slice("case/".length))) continue;
    const { savedAt } = await outbox.fact(name);
    if (Date.now() - savedAt > OLDEST_MS) await outbox.removeFact(name);
  }
}

/**
 * @typedef {object} Page
 * @property {string} request
 * @property {boolean} isShell nothing on it came from the server
 * @property {boolean} isOver nothing more is entered
 * @property {Record<string, string>} words
 */

export class Mirror {
  /** @type {HTMLElement} */
  #root;
  /** @type {Outbox} */
  #outbox;
  /** @type {string} */
  #name;
  /** @type {Case} */
  #kept;
  #timer = 0;

  /** @param {HTMLElement} root @param {Outbox} outbox @param {string} name @param {Case} kept */
  constructor(root, outbox, name, kept) {
    this.#root = root;
    this.#outbox = outbox;
    this.#name = name;
    this.#kept = kept;
  }

  /**
   * Shows in the page's controls what was kept. Before anything is bound to them.
   *
   * @param {HTMLElement} root
   * @param {Outbox} outbox
   * @param {Page} page
   */
  static async open(root, outbox, { request, isShell, isOver, words }) {
    const kept = await caseOf(outbox, request);
    const waits = (await outbox.list()).some((each) => each.request === request);
    if (!waits) kept.unsent = draftsOf(root, kept.unsent);
    if (!isShell) kept.shown = { ...read(root), ...kept.unsent };
    kept.words = { ...kept.words, ...words };
    fill(root, isShell ? kept.shown : kept.unsent);
    const mirror = new Mirror(root, outbox, caseName(request), kept);
    if (isOver && !waits) await outbox.removeFact(caseName(request));
    else await mirror.#write();
    return mirror;
  }

  /** @returns {{ field: string, value: any }[]} what was kept of the form's own fields */
  get fields() {
    return Object.entries({ ...this.#kept.shown, ...this.#kept.unsent })
      .filter(([key]) => key.startsWith(FIELD))
      .map(([key, value]) => ({ field: key.slice(FIELD.length), value: JSON.parse(String(value)) }));
  }

  /** Keeps what is entered from here on; with each entry, in one piece with it. */
  follow() {
    this.#outbox.shown = () => ({ name: this.#name, value: this.#settled() });
    for (const type of ["input", "change", "click"]) {
      this.#root.addEventListener(type, () => this.#writeSoon());
    }
  }

  #writeSoon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#settled();
      void this.#write();
    }, KEEP_AFTER_MS);
  }

  async #write() {
    this.#kept.savedAt = Date.now();
    await this.#outbox.putFact(this.#name, this.#kept);
  }

  /**
   * What the page shows, without what is being typed: a field that shows a value after a crash has
   * entered it before.
   *
   * @returns {Case}
   */
  #settled() {
    const { shown, unsent } = this.#kept;
    for (const [key, value] of Object.entries(read(this.#root))) {
      if (shown[key] === value) continue;
      unsent[key] = value;
      shown[key] = value;
    }
    return this.#kept;
  }
}

/**
 * What a person has not finished: it is nobody's entry yet and never waits to be sent.
 *
 * @param {HTMLElement} root
 * @param {Values} unsent
 * @returns {Values}
 */
function draftsOf(root, unsent) {
  const drafts = [...root.querySelectorAll("[data-draft]")].map(({ id }) => id);
  return Object.fromEntries(Object.entries(unsent).filter(([id]) => drafts.includes(id)));
}

/** `data-typing` is on what was typed and is not entered yet. @param {HTMLElement} root @returns {Values} */
function read(root) {
  const settled = controlsOf(root).filter((control) => !control.closest("[data-typing]"));
  const controls = settled.map((control) => [control.id, contentOf(control)]);
  const fields = /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-field]:not([data-typing])"));
  const values = [...fields].map((field) => [
    `${FIELD}${field.dataset["field"]}`,
    JSON.stringify(valueOf(field)),
  ]);
  return Object.fromEntries([...controls, ...values]);
}

/**
 * What a browser itself brought back after a reload is nobody's entry.
 *
 * @param {HTMLElement} root
 * @param {Values} values
 */
function fill(root, values) {
  for (const control of controlsOf(root)) {
    const value = values[control.id] ?? defaultOf(control);
    if (typeof value === "boolean") /** @type {HTMLInputElement} */ (control).checked = value;
    else control.value = value;
  }
}

/**
 * Those of no form's field. A call's are of no use later, an agreement is nobody's to bring back,
 * and what monitors there are is the server's to say.
 *
 * @param {HTMLElement} root
 * @returns {Control[]}
 */
function controlsOf(root) {
  const found = /** @type {NodeListOf<Control>} */ (root.querySelectorAll("input, select, textarea"));
  const elsewhere = [
    "[data-field], [data-stage], [data-chat], [data-documents], [data-viewer]",
    "[data-clip-agreement], [data-monitors], [data-take-back-dialog]",
  ].join();
  return [...found].filter(
    (control) => control.id && control.type !== "file" && !control.closest(elsewhere),
  );
}

/** @param {Control} control */
function contentOf(control) {
  return isTicked(control) ? control.checked : control.value;
}

/** @param {Control} control */
function defaultOf(control) {
  if (isTicked(control)) return control.defaultChecked;
  if (!(control instanceof HTMLSelectElement)) return control.defaultValue;
  return [...control.options].find((option) => option.defaultSelected)?.value ?? control.options[0]?.value ?? "";
}

/** @param {Control} control @returns {control is HTMLInputElement} */
function isTicked(control) {
  return control instanceof HTMLInputElement && ["checkbox", "radio"].includes(control.type);
}
