/** What was given or done, as a list: one tap adds it with the present time. */

import { partOf, show, storedOf } from "./fields.js";

/** @typedef {import("./fields.js").Clock} Clock */

export class Treatments {
  #root;
  #list;
  #template;
  #prefix;
  #clock;
  #changed;

  /**
   * @param {HTMLElement} root
   * @param {Clock} clock
   * @param {(field: HTMLElement) => void} changed
   */
  constructor(root, clock, changed) {
    this.#root = /** @type {HTMLElement} */ (root.querySelector("[data-treatments]"));
    this.#list = /** @type {HTMLElement} */ (this.#root.querySelector("[data-given]"));
    this.#template = /** @type {HTMLTemplateElement} */ (
      this.#root.querySelector("[data-treatment-template]")
    );
    this.#prefix = this.#root.dataset["treatments"] ?? "";
    this.#clock = clock;
    this.#changed = changed;
    this.#root.addEventListener("click", ({ detail: taps, target }) => {
      // What was added pushes the rest down: a double tap's second one lands on another button.
      if (taps <= 1) this.#pressed(target);
    });
    this.#root.addEventListener("input", (event) => this.#typed(event.target));
  }

  /** What another device of the crew added. @param {string} code @param {unknown} value */
  add(code, value) {
    const { what = "other" } = /** @type {{ what?: string }} */ (value);
    show(this.#add(code, what), value, this.#clock);
  }

  /** @param {EventTarget | null} target */
  #pressed(target) {
    const button = target instanceof Element ? target.closest("button") : null;
    const what = button?.dataset["treatment"];
    if (what) {
      const item = this.#add(`${this.#prefix}${crypto.randomUUID()}`, what);
      show(item, { what, at: new Date(this.#clock.now()).toISOString() }, this.#clock);
      this.#changed(item);
      partOf(item, what === "other" ? "words" : "dose").focus();
    }
    const item = button?.closest("[data-field]");
    if (button?.hasAttribute("data-remove") && item instanceof HTMLElement) {
      item.hidden = true;
      this.#changed(item);
      this.#root.querySelector("button")?.focus();
    }
  }

  /** @param {EventTarget | null} target */
  #typed(target) {
    const input = /** @type {HTMLInputElement} */ (target);
    const item = input.closest("[data-field]");
    if (!(item instanceof HTMLElement)) return;
    if (input.dataset["part"] === "time") item.dataset["stored"] = storedOf(input.value, this.#clock);
    this.#changed(item);
  }

  /** @param {string} code @param {string} what */
  #add(code, what) {
    const piece = /** @type {DocumentFragment} */ (this.#template.content.cloneNode(true));
    const item = /** @type {HTMLElement} */ (piece.querySelector("[data-field]"));
    const option = this.#root.querySelector(`[data-treatment="${what}"]`);
    for (const name of item.querySelectorAll("[data-name]")) name.textContent = ` ${option?.textContent ?? what}`;
    item.dataset["field"] = code;
    item.dataset["what"] = what;
    this.#list.append(item);
    return item;
  }
}
