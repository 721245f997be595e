/**
 * What a crew enters goes through here: kept on the device, sealed, then sent in the order in
 * which it was entered, one at a time over all tabs, each until the server has it. What it
 * refuses for good is set aside with the reason and holds nothing else up; nor does what is held
 * back for a while, which the things entered after it pass.
 *
 * Event `change` whenever something was added, sent or set aside, in this tab or another, and when
 * what was held back is due.
 */

import { newKey, seal, sealValue, unseal, unsealValue } from "./sealing.js";
import { send } from "./sending.js";
import { NotKept, Store } from "./store.js";

const LOCK = "openconsult-outbox";
const CHANNEL = "openconsult-outbox";

/**
 * @typedef {import("./store.js").Row} Row
 * @typedef {import("./store.js").Owner} Owner
 * @typedef {import("./sending.js").Outcome} Outcome
 *
 * @typedef {object} Entering
 * @property {string} [id] the record's own id where it has one
 * @property {string} request
 * @property {boolean} [opens]
 * @property {string} method
 * @property {string} path
 * @property {Record<string, string>} [headers]
 * @property {string | null} [body]
 * @property {ArrayBuffer | null} [bytes]
 * @property {string} label what it is, for the person
 * @property {string} happenedAt RFC 3339
 * @property {Promise<unknown>} [after] it is kept at once and sent after this, or when the page
 *   that entered it is gone
 *
 * @typedef {{ method: string, path: string, headers: Record<string, string>, body: string | null,
 *   label: string, happenedAt: string }} Content
 *
 * @typedef {object} Kept one entry as a person sees it
 * @property {string} id
 * @property {string} request
 * @property {boolean} opens
 * @property {string} label
 * @property {string} happenedAt
 * @property {"waiting" | "aside"} state
 * @property {string} reason
 *
 * @typedef {"empty" | "no-line" | "signed-out" | "later"} Halt why sending came to an end
 */

export class Outbox extends EventTarget {
  /** @type {Store} */
  #store;
  /** @type {Owner} */
  #owner;
  #channel = new BroadcastChannel(CHANNEL);
  /** @type {Promise<unknown>} */
  #adding = Promise.resolve();
  /** @type {Promise<Halt> | null} */
  #running = null;
  #again = false;
  /** @type {Set<string>} ids of what is held back */
  #watched = new Set();
  /**
   * What the page shows goes on the disk together with what was entered: after a crash a form
   * never shows less than was sent from it.
   *
   * @type {(() => { name: string, value: unknown }) | null}
   */
  shown = null;
  /** How long to wait when the server asked for it. */
  laterMs = 0;

  /** @param {Store} store @param {Owner} owner */
  constructor(store, owner) {
    super();
    this.#store = store;
    this.#owner = owner;
    this.#channel.onmessage = ({ data }) => this.#tell(data);
  }

  /**
   * The outbox of whoever is signed in.
   *
   * @param {string} id
   * @param {string} name
   * @returns {Promise<Outbox>} throws NotKept
   */
  static async of(id, name) {
    const store = await Store.open();
    const known = await store.owner(id);
    const key = known?.key ?? (await newKey());
    const sealedName = await sealValue(key, `${id}/name`, name);
    const owner = known ?? (await store.addOwner({ id, key, name: sealedName, seenAt: Date.now() }));
    await store.putOwner({ ...owner, name: await sealValue(owner.key, `${id}/name`, name), seenAt: Date.now() });
    return new Outbox(store, owner);
  }

  /** Of whoever was last seen here: without a signal nobody signs in. @returns {Promise<Outbox | null>} */
  static async ofLast() {
    const store = await Store.open();
    const [owner] = await store.owners();
    return owner ? new Outbox(store, owner) : null;
  }

  get ownerId() {
    return this.#owner.id;
  }

  /** @returns {Promise<string>} */
  ownerName() {
    return unsealValue(this.#owner.key, `${this.#owner.id}/name`, this.#owner.name);
  }

  /**
   * Kept on the disk when this is done; `replay` sends it.
   *
   * @param {Entering} entering
   * @returns {Promise<string>} its id; throws NotKept
   */
  keep(entering) {
    const id = entering.id ?? crypto.randomUUID();
    // One after another: sealing takes longer for a photo than for what is entered after it.
    const added = this.#adding.then(() => this.#add(id, entering));
    this.#adding = added.catch(() => undefined);
    return added.then(() => id);
  }

  /** @param {string} id @param {Entering} entering */
  async #add(id, { request, opens = false, bytes = null, ...rest }) {
    const { method, path, headers = {}, body = null, label, happenedAt, after } = rest;
    if (after) await this.#holdBack(id, after);
    const { key } = this.#owner;
    /** @type {Content} */
    const content = { method, path, headers, body, label, happenedAt };
    const sealed = await sealValue(key, this.#place(id), content);
    const photo = bytes && (await seal(key, `${this.#place(id)}/bytes`, bytes));
    /** @type {Row} */
    const row = {
      id,
      owner: this.#owner.id,
      request,
      opens,
      state: "waiting",
      content: sealed,
      hasBytes: bytes !== null,
      reason: null,
    };
    const shown = this.shown?.();
    const fact = shown ? await this.#fact(shown.name, shown.value) : null;
    await this.#store.addEntry(row, { photo, fact });
    this.#changed({ id, request, state: "waiting" });
  }

  /**
   * Neither another tab nor the worker sends what is held back by a lock, which no page outlives:
   * one that is closed or killed leaves nothing that would wait.
   *
   * @param {string} id
   * @param {Promise<unknown>} after
   * @returns {Promise<void>} once it is held
   */
  #holdBack(id, after) {
    return new Promise((resolve, reject) => {
      const hold = () => {
        resolve();
        return after;
      };
      navigator.locks.request(nameOfHold(id), hold).catch(reject);
    });
  }

  /** Whoever held it lets go of it or is gone: it is due then. @param {string} id */
  async #watch(id) {
    if (this.#watched.has(id)) return;
    this.#watched.add(id);
    await navigator.locks.request(nameOfHold(id), { mode: "shared" }, () => undefined);
    this.#watched.delete(id);
    this.#tell({ id, state: "due" });
  }

  /** @returns {Promise<Kept[]>} in order */
  async list() {
    const rows = await this.#store.entries(this.#owner.id);
    return Promise.all(rows.map((row) => this.#shown(row)));
  }

  /** @returns {Promise<{ name: string, count: number }[]>} whose things wait here besides */
  async others() {
    const counts = await this.#store.counts();
    const owners = (await this.#store.owners()).filter(({ id }) => id !== this.#owner.id && counts.has(id));
    return Promise.all(owners.map(async ({ id, key, name }) => ({
      name: await unsealValue(key, `${id}/name`, name),
      count: counts.get(id) ?? 0,
    })));
  }

  /** @param {Row} row @returns {Promise<Kept>} */
  async #shown(row) {
    const { id, request, opens, state } = row;
    const { label, happenedAt } = await this.#content(row);
    const reason = row.reason
      ? await unsealValue(this.#owner.key, `${this.#place(id)}/reason`, row.reason)
      : "";
    return { id, request, opens, state, label, happenedAt, reason };
  }

  /**
   * Sends what waits and is not held back. Asked for again while it runs, it looks once more at the
   * end.
   *
   * @returns {Promise<Halt>}
   */
  async replay() {
    if (this.#running) {
      this.#again = true;
      return this.#running;
    }
    this.#running = this.#turns();
    try {
      return await this.#running;
    } finally {
      this.#running = null;
    }
  }

  /** @returns {Promise<Halt>} */
  async #turns() {
    for (;;) {
      this.#again = false;
      const halt = await navigator.locks.request(LOCK, () => this.#sendAll());
      if (halt !== "empty" || !this.#again) return halt;
    }
  }

  /** @returns {Promise<Halt>} */
  async #sendAll() {
    for (;;) {
      const rows = await this.#store.entries(this.#owner.id);
      const next = await this.#nextOf(rows);
      if (!next) return "empty";
      const outcome = await this.#send(next);
      if (outcome.kind === "done") await this.#done(next);
      else if (outcome.kind === "refused") await this.#setAside(next, rows, outcome.reason);
      else {
        this.laterMs = outcome.kind === "later" ? outcome.afterMs : 0;
        this.#changed({ id: next.id, state: "halted", halt: outcome.kind });
        return outcome.kind;
      }
    }
  }

  /** @param {Row[]} rows @returns {Promise<Row | undefined>} the first that nobody holds back */
  async #nextOf(rows) {
    const waiting = rows.filter(({ state }) => state === "waiting");
    const held = await heldBack();
    const next = waiting.find(({ id }) => !held.has(nameOfHold(id)));
    if (!next) for (const { id } of waiting) void this.#watch(id);
    return next;
  }

  /** @param {Row} row @returns {Promise<Outcome>} */
  async #send(row) {
    const { method, path, headers, body, happenedAt } = await this.#content(row);
    const { id, owner } = row;
    const bytes = row.hasBytes ? await this.#bytes(id) : null;
    return send({ id, owner, method, path, headers, happenedAt, body: bytes ?? body });
  }

  /** @param {string} id */
  async #bytes(id) {
    return unseal(this.#owner.key, `${this.#place(id)}/bytes`, await this.#store.bytes(id));
  }

  /** @param {Row} row */
  async #done(row) {
    await this.#store.removeEntry(row);
    const { id, request, opens } = row;
    this.#changed({ id, request, opens, state: "sent" });
  }

  /**
   * What needs a request that was refused is set aside with it.
   *
   * @param {Row} row
   * @param {Row[]} rows
   * @param {string} reason
   */
  async #setAside(row, rows, reason) {
    const dependent = row.opens
      ? rows.filter((each) => each.request === row.request && each.id !== row.id)
      : [];
    for (const each of [...dependent, row]) {
      const words = each === row ? reason : "The request it belongs to was refused.";
      const sealed = await sealValue(this.#owner.key, `${this.#place(each.id)}/reason`, words);
      await this.#store.putEntry({ ...each, state: "aside", reason: sealed });
      this.#changed({ id: each.id, request: each.request, state: "aside", reason: words });
    }
  }

  /** Tries once more what was set aside, with what belongs to it. @param {string} id */
  async tryAgain(id) {
    const rows = await this.#store.entries(this.#owner.id);
    const row = rows.find((each) => each.id === id);
    const wanted = row?.opens ? rows.filter((each) => each.request === row.request) : row ? [row] : [];
    for (const each of wanted) await this.#store.putEntry({ ...each, state: "waiting", reason: null });
    this.#changed({ id, state: "waiting" });
    return this.replay();
  }

  /** The person does not want it any more. @param {string} id */
  async discard(id) {
    const rows = await this.#store.entries(this.#owner.id);
    const row = rows.find((each) => each.id === id);
    const gone = row?.opens ? rows.filter((each) => each.request === row.request) : row ? [row] : [];
    for (const each of gone) await this.#store.removeEntry(each);
    this.#changed({ id, state: "discarded" });
  }

  /** @param {string} name @returns {Promise<any>} undefined where nothing is known */
  async fact(name) {
    const found = await this.#store.fact(this.#owner.id, name);
    return found && unsealValue(this.#owner.key, `${this.#owner.id}/fact/${name}`, found.content);
  }

  /** @param {string} name @param {unknown} value */
  async putFact(name, value) {
    await this.#store.putFact(await this.#fact(name, value));
  }

  /** @param {string} name @param {unknown} value @returns {Promise<import("./store.js").Fact>} */
  async #fact(name, value) {
    const content = await sealValue(this.#owner.key, `${this.#owner.id}/fact/${name}`, value);
    return { owner: this.#owner.id, name, content };
  }

  /** @returns {Promise<string[]>} names of what is known */
  async factNames() {
    return (await this.#store.facts(this.#owner.id)).map(({ name }) => name);
  }

  /** @param {string} name */
  removeFact(name) {
    return this.#store.removeFact(this.#owner.id, name);
  }

  /** Key, entries and facts of this person go. */
  async wipe() {
    await this.#store.wipe(this.#owner.id);
    this.#changed({ id: "", state: "wiped" });
  }

  /** @param {Row} row @returns {Promise<Content>} */
  #content(row) {
    return unsealValue(this.#owner.key, this.#place(row.id), row.content);
  }

  /** @param {string} id */
  #place(id) {
    return `${this.#owner.id}/${id}`;
  }

  /** @param {Record<string, unknown>} what of no secret: ids and states, and words of a refusal */
  #changed(what) {
    this.#channel.postMessage(what);
    this.#tell(what);
  }

  /** @param {Record<string, unknown>} what */
  #tell(what) {
    this.dispatchEvent(new CustomEvent("change", { detail: what }));
  }
}

/** @param {string} id */
function nameOfHold(id) {
  return `${LOCK}/held/${id}`;
}

/** @returns {Promise<Set<string | undefined>>} names of what pages of this phone hold back */
async function heldBack() {
  const { held = [] } = await navigator.locks.query();
  return new Set(held.filter(({ mode }) => mode === "exclusive").map(({ name }) => name));
}

export { NotKept };
