/** ATMIST and SBAR, each field saved as it is typed, and shown as others of the crew type it. */

import { serverNow } from "../clock.js";
import { liveStream, whenStale } from "../live.js";
import { isAnswered, show, showMoment, storedOf, valueOf } from "./fields.js";
import { Pauses } from "./pauses.js";
import { hasUnsent, save, saveUntilDone } from "./saving.js";
import { stepBy } from "./stepping.js";
import { Treatments } from "./treatments.js";

/** What we saved ourselves is told to us too: one look after all of it is enough. */
const LOOK_AFTER_MS = 1_500;

/**
 * @typedef {import("../live.js").DomainEvent} DomainEvent
 * @typedef {{ field: string, value: unknown, typed_at: string }} Entry
 */

/** @param {HTMLElement} root of the form @param {string} base the request's address in the API */
export function bindCase(root, base) {
  return new CaseForm(root, base);
}

export class CaseForm {
  #root;
  #base;
  /** When fields that are not saved yet were last typed into: nobody else's words go there. */
  #open = new Map();
  #pauses = new Pauses();
  #looking = 0;
  #treatments;
  /** @type {import("./fields.js").Clock} */
  #clock;

  /** @param {HTMLElement} root @param {string} base */
  constructor(root, base) {
    this.#root = root;
    this.#base = base;
    this.#clock = { zone: root.dataset["zone"] ?? "UTC", now: serverNow };
    root.addEventListener("input", (event) => this.#typed(event.target));
    root.addEventListener("click", (event) => this.#pressed(event.target));
    this.#treatments = new Treatments(root, this.#clock, (field) => this.#saveSoon(field));
    this.#follow(base.split("/").at(-1) ?? "");
    this.#count();
  }

  /** @param {string} requestId */
  #follow(requestId) {
    const stream = liveStream();
    stream.addEventListener("event", (event) => {
      const { event: name, id } = /** @type {CustomEvent<DomainEvent>} */ (event).detail;
      if (name === "request.changed" && id === requestId) this.#lookSoon();
    });
    whenStale(stream, () => this.#lookSoon());
  }

  /** @param {EventTarget | null} target */
  #typed(target) {
    const field = fieldOf(target);
    if (!field || field.dataset["kind"] === "treatment") return;
    const input = /** @type {HTMLInputElement} */ (target);
    const set = input.closest("[data-stored]");
    if (set instanceof HTMLElement && input.type === "time") {
      showMoment(set, storedOf(input.value, this.#clock), this.#clock);
    }
    this.#saveSoon(field);
  }

  /** @param {EventTarget | null} target */
  #pressed(target) {
    const button = target instanceof Element ? target.closest("button") : null;
    const field = fieldOf(button);
    if (!button || !field) return;
    if (button.dataset["step"] && field.dataset["kind"] === "number") {
      const input = /** @type {HTMLInputElement} */ (field.querySelector("input"));
      stepBy(input, Number(button.dataset["step"]));
      this.#saveSoon(field);
    }
    const said = button.dataset["moment"];
    if (said) {
      const set = /** @type {HTMLElement} */ (button.closest("[data-stored]"));
      const isNow = said === "now";
      showMoment(set, isNow ? new Date(this.#clock.now()).toISOString() : said, this.#clock);
      this.#saveSoon(field);
    }
  }

  /** @param {HTMLElement} field */
  #saveSoon(field) {
    field.dataset["typing"] = "";
    // The time of the last key, not of the saving.
    const typedAt = new Date(this.#clock.now()).toISOString();
    this.#open.set(field, typedAt);
    this.#pauses.after(field, () => void this.#save(field, typedAt));
    this.#ask(field);
    this.#count();
  }

  /** @param {HTMLElement} field @param {string} typedAt */
  async #save(field, typedAt) {
    delete field.dataset["typing"];
    const entry = {
      id: crypto.randomUUID(),
      field: field.dataset["field"] ?? "",
      value: valueOf(field),
      typed_at: typedAt,
    };
    const status = /** @type {HTMLElement} */ (field.querySelector("[data-saved]"));
    await saveUntilDone(() => save(`${this.#base}/case`, "PATCH", { entries: [entry] }), status);
    if (this.#open.get(field) === typedAt) this.#open.delete(field);
  }

  /** What a kind of case is asked shows at once. @param {HTMLElement} field */
  #ask(field) {
    const code = field.dataset["field"];
    if (code !== "case_kind" && code !== "complaints") return;
    const kind = String(valueOf(this.#field("case_kind")) ?? "medical");
    const complaints = /** @type {string[]} */ (valueOf(this.#field("complaints")) ?? []);
    const isStroke = this.#root.dataset["specialty"] === "stroke" || complaints.includes("stroke");
    for (const each of this.#fields()) {
      const when = each.dataset["when"];
      if (when) each.hidden = when === "stroke" ? !isStroke : when !== kind;
    }
  }

  #lookSoon() {
    if (this.#looking) return;
    this.#looking = setTimeout(() => {
      this.#looking = 0;
      void this.#look();
    }, LOOK_AFTER_MS);
  }

  /** What another device of the crew typed. It waits for what this one has not sent yet. */
  async #look() {
    if (await hasUnsent(this.#base)) return this.#lookSoon();
    const response = await fetch(`${this.#base}/case`, { cache: "no-store" }).catch(() => null);
    if (!response?.ok) return;
    const { fields } = /** @type {{ fields: Entry[] }} */ (await response.json());
    this.show(fields);
  }

  /** @param {{ field: string, value: unknown }[]} entries typed elsewhere, or here before a crash */
  show(entries) {
    for (const { field: code, value } of entries) {
      const field = this.#root.querySelector(`[data-field="${code}"]`);
      if (field instanceof HTMLElement) this.#showOthers(field, value);
      else if (value && code.includes(":")) this.#treatments.add(code, value);
    }
    this.#count();
  }

  /** @param {HTMLElement} field @param {unknown} value */
  #showOthers(field, value) {
    const isBeingTyped = this.#open.has(field) || field.contains(document.activeElement);
    if (isBeingTyped || JSON.stringify(valueOf(field)) === JSON.stringify(value)) return;
    show(field, value, this.#clock);
    this.#ask(field);
  }

  #count() {
    for (const panel of this.#root.querySelectorAll("[data-step-panel]")) {
      const fields = /** @type {HTMLElement[]} */ ([...panel.querySelectorAll("[data-field]")]);
      const answered = fields.filter((field) => !field.hidden && isAnswered(field)).length;
      const place = panel.querySelector("[data-answered]");
      if (place) place.textContent = answered ? `${answered} answered` : "";
    }
  }

  /** @param {string} code */
  #field(code) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(`[data-field="${code}"]`));
  }

  #fields() {
    return /** @type {NodeListOf<HTMLElement>} */ (this.#root.querySelectorAll("[data-field]"));
  }
}

/** @param {EventTarget | null} target */
function fieldOf(target) {
  const field = target instanceof Element ? target.closest("[data-field]") : null;
  return field instanceof HTMLElement ? field : null;
}
