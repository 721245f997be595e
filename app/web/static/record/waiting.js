/** Who waits to be let in, with one button each. */

import { announce } from "../announce.js";
import { roleWords } from "../stage/tiles.js";

/**
 * @typedef {import("../call/consultation.js").Consultation} Consultation
 * @typedef {import("../call/messages.js").Participant} Participant
 */

export class WaitingStrip {
  /** @type {HTMLElement} */
  #root;
  /** @type {HTMLElement} */
  #list;
  /** For more than one. @type {HTMLElement} */
  #all;
  /** @type {Consultation} */
  #consultation;
  /** @type {Map<string, HTMLElement>} */
  #items = new Map();

  /** @param {HTMLElement} root @param {Consultation} consultation */
  constructor(root, consultation) {
    this.#root = root;
    this.#list = /** @type {HTMLElement} */ (root.querySelector("[data-waiting-list]"));
    this.#consultation = consultation;
    this.#all = /** @type {HTMLElement} */ (root.querySelector("[data-admit-all]"));
    this.#all.addEventListener("click", () => {
      for (const { id } of consultation.waiting) this.#admit(id);
    });
    consultation.addEventListener("change", () => this.#refresh());
  }

  #refresh() {
    const mayAdmit = this.#consultation.grants?.admit ?? false;
    const waiting = mayAdmit ? this.#consultation.waiting : [];
    const ids = new Set(waiting.map(({ id }) => id));
    for (const [id, item] of this.#items) {
      if (ids.has(id)) continue;
      item.remove();
      this.#items.delete(id);
    }
    for (const person of waiting) if (!this.#items.has(person.id)) this.#add(person);
    this.#root.hidden = waiting.length === 0;
    this.#all.hidden = waiting.length < 2;
  }

  /** @param {string} id */
  #admit(id) {
    if (!this.#consultation.admit(id)) announce("The line is lost. Try again in a moment.");
  }

  /** @param {Participant} person */
  #add(person) {
    const item = document.createElement("li");
    const words = document.createElement("span");
    words.textContent = `${person.name} (${roleWords(person.role)}) is waiting.`;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "nhsuk-button app-row-button";
    button.dataset["admit"] = person.id;
    button.textContent = "Let in";
    const whom = document.createElement("span");
    whom.className = "nhsuk-u-visually-hidden";
    whom.textContent = ` ${person.name}`;
    button.append(whom);
    button.addEventListener("click", () => this.#admit(person.id));
    item.append(words, button);
    this.#list.append(item);
    this.#items.set(person.id, item);
    announce(words.textContent);
  }
}
