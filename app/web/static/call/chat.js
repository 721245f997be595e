/** Own chat lines on their way: kept until the room confirms them, said again on a new line. */

/** Control characters other than tab and line feed, which the server refuses. */
const NOT_SAID = /[\x00-\x08\x0b-\x1f\x7f]/g;

export class ChatQueue {
  /** In order of writing. @type {Map<string, string>} */
  #unsaid = new Map();
  /** @type {(message: import("./messages.js").Chat) => boolean} */
  #send;

  /** @param {(message: import("./messages.js").Chat) => boolean} send */
  constructor(send) {
    this.#send = send;
  }

  get texts() {
    return [...this.#unsaid.values()];
  }

  /**
   * @param {string} text
   * @returns {string} the line's id, the same however often it has to be said
   */
  add(text) {
    const id = newId();
    this.#unsaid.set(id, text.replace(/\r\n?/g, "\n").replace(NOT_SAID, ""));
    this.#say(id);
    return id;
  }

  /** The room has it. @param {string} id */
  confirmed(id) {
    this.#unsaid.delete(id);
  }

  /** The line is back: the room drops what it knows already. */
  sayAgain() {
    for (const id of this.#unsaid.keys()) this.#say(id);
  }

  /** @param {string} id */
  #say(id) {
    this.#send({ type: "chat", id, text: this.#unsaid.get(id) ?? "" });
  }
}

/** A UUID; `crypto.randomUUID` is missing on pages without TLS, where only the chat would work. */
function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = [...crypto.getRandomValues(new Uint8Array(16))];
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
