/**
 * What a device keeps, in IndexedDB: entries to be sent, facts to work from without a signal,
 * and the keys that both are sealed with. Only ids, whose it is, and the order can be read.
 */

const NAME = "openconsult";
const VERSION = 1;
const OWNERS = "owners";
const ENTRIES = "entries";
const BYTES = "bytes";
const FACTS = "facts";

/**
 * @typedef {object} Sealed
 * @property {Uint8Array} iv
 * @property {ArrayBuffer} text
 *
 * @typedef {object} Owner whoever was signed in; the key never leaves the browser's own keeping
 * @property {string} id
 * @property {Sealed} name
 * @property {CryptoKey} key
 * @property {number} seenAt the one seen last is at work on this device
 *
 * @typedef {object} Row
 * @property {number} [seq] the order in which things were entered
 * @property {string} id
 * @property {string} owner
 * @property {string} request of the request it is about
 * @property {boolean} opens it raises the request: the others need it
 * @property {"waiting" | "aside"} state aside when it was refused for good
 * @property {Sealed} content
 * @property {boolean} hasBytes a photo, kept apart so that looking through what waits stays quick
 * @property {Sealed | null} reason why it was refused
 *
 * @typedef {{ owner: string, name: string, content: Sealed }} Fact
 */

/** This browser keeps nothing: a private window, a full disk, or storage that was taken away. */
export class NotKept extends Error {
  /** @param {string} words what to tell the person */
  constructor(words) {
    super(words);
    this.name = "NotKept";
  }
}

export class Store {
  /** @type {IDBDatabase} */
  #database;

  /** @param {IDBDatabase} database */
  constructor(database) {
    this.#database = database;
    // Another tab may bring a newer form of it, or the person take the storage away.
    database.onversionchange = () => database.close();
  }

  /** @returns {Promise<Store>} throws NotKept */
  static async open() {
    if (!globalThis.indexedDB || !globalThis.crypto?.subtle) {
      throw new NotKept("This browser cannot keep things while there is no signal.");
    }
    try {
      const request = indexedDB.open(NAME, VERSION);
      request.onupgradeneeded = () => lay(request.result);
      return new Store(await answer(request));
    } catch (error) {
      throw refusal(error);
    }
  }

  /** @param {string} id @returns {Promise<Owner | undefined>} */
  owner(id) {
    return this.#read(OWNERS, (store) => store.get(id));
  }

  /** @returns {Promise<Owner[]>} whoever has a key here, the one seen last first */
  async owners() {
    const found = /** @type {Owner[]} */ (await this.#read(OWNERS, (store) => store.getAll()));
    return found.sort((one, other) => other.seenAt - one.seenAt);
  }

  /**
   * Unless another tab was faster, whose key then counts.
   *
   * @param {Owner} owner
   * @returns {Promise<Owner>}
   */
  async addOwner(owner) {
    await this.#change([OWNERS], ({ owners }) => {
      const known = owners.get(owner.id);
      known.onsuccess = () => known.result || owners.put(owner);
    });
    return /** @type {Owner} */ (await this.owner(owner.id));
  }

  /** @param {Owner} owner */
  putOwner(owner) {
    return this.#change([OWNERS], ({ owners }) => owners.put(owner));
  }

  /** @param {string} owner @returns {Promise<Row[]>} in the order in which they were entered */
  async entries(owner) {
    const all = /** @type {Row[]} */ (await this.#read(ENTRIES, (store) => store.getAll()));
    return all.filter((row) => row.owner === owner);
  }

  /** @returns {Promise<Map<string, number>>} how many wait, by whose they are */
  async counts() {
    const all = /** @type {Row[]} */ (await this.#read(ENTRIES, (store) => store.getAll()));
    /** @type {Map<string, number>} */
    const counts = new Map();
    for (const { owner } of all) counts.set(owner, (counts.get(owner) ?? 0) + 1);
    return counts;
  }

  /**
   * On the disk when it is done, should the battery be taken out; all of it or nothing.
   *
   * @param {Row} row
   * @param {{ photo: Sealed | null, fact: Fact | null }} besides
   */
  addEntry(row, { photo, fact }) {
    return this.#change([ENTRIES, BYTES, FACTS], ({ entries, bytes, facts }) => {
      entries.add(row);
      if (photo) bytes.put({ id: row.id, owner: row.owner, content: photo });
      if (fact) facts.put(fact);
    });
  }

  /** @param {string} id @returns {Promise<Sealed>} */
  async bytes(id) {
    return (await this.#read(BYTES, (store) => store.get(id))).content;
  }

  /** @param {Row} row */
  putEntry(row) {
    return this.#change([ENTRIES], ({ entries }) => entries.put(row));
  }

  /** @param {Row} row */
  removeEntry({ seq, id }) {
    return this.#change([ENTRIES, BYTES], ({ entries, bytes }) => {
      entries.delete(/** @type {number} */ (seq));
      bytes.delete(id);
    });
  }

  /** @param {string} owner @param {string} name @returns {Promise<Fact | undefined>} */
  fact(owner, name) {
    return this.#read(FACTS, (store) => store.get([owner, name]));
  }

  /** @param {string} owner @returns {Promise<Fact[]>} */
  async facts(owner) {
    const all = /** @type {Fact[]} */ (await this.#read(FACTS, (store) => store.getAll()));
    return all.filter((fact) => fact.owner === owner);
  }

  /** @param {Fact} fact */
  putFact(fact) {
    return this.#change([FACTS], ({ facts }) => facts.put(fact));
  }

  /** @param {string} owner @param {string} name */
  removeFact(owner, name) {
    return this.#change([FACTS], ({ facts }) => facts.delete([owner, name]));
  }

  /**
   * Everything of one person goes, the key first of all: what a disk may still hold of the rest
   * opens to nobody.
   *
   * @param {string} owner
   */
  wipe(owner) {
    return this.#change([OWNERS, ENTRIES, BYTES, FACTS], ({ owners, entries, bytes, facts }) => {
      owners.delete(owner);
      for (const store of [entries, bytes, facts]) {
        const walk = store.openCursor();
        walk.onsuccess = () => {
          if (!walk.result) return;
          if (walk.result.value.owner === owner) walk.result.delete();
          walk.result.continue();
        };
      }
    });
  }

  /** @param {string} name @param {(store: IDBObjectStore) => IDBRequest} ask @returns {Promise<any>} */
  async #read(name, ask) {
    try {
      return await answer(ask(this.#database.transaction(name).objectStore(name)));
    } catch (error) {
      throw refusal(error);
    }
  }

  /**
   * @param {string[]} names
   * @param {(stores: Record<"owners" | "entries" | "bytes" | "facts", IDBObjectStore>) => void} act
   * @returns {Promise<void>}
   */
  async #change(names, act) {
    try {
      const transaction = this.#database.transaction(names, "readwrite", { durability: "strict" });
      const stores = Object.fromEntries(names.map((name) => [name, transaction.objectStore(name)]));
      const done = completion(transaction);
      act(/** @type {any} */ (stores));
      await done;
    } catch (error) {
      throw refusal(error);
    }
  }
}

/** @param {IDBDatabase} database */
function lay(database) {
  database.createObjectStore(OWNERS, { keyPath: "id" });
  const entries = database.createObjectStore(ENTRIES, { keyPath: "seq", autoIncrement: true });
  entries.createIndex("id", "id", { unique: true });
  database.createObjectStore(BYTES, { keyPath: "id" });
  database.createObjectStore(FACTS, { keyPath: ["owner", "name"] });
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @param {IDBTransaction} transaction @returns {Promise<void>} */
function completion(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
}

/** @param {unknown} error @returns {NotKept} in plain words */
function refusal(error) {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "QuotaExceededError") {
    return new NotKept("This phone is full: it cannot keep more. Free some space, or ring.");
  }
  return new NotKept("This browser does not let the page keep things on this phone.");
}
