/**
 * Seals what a device keeps (AES-256-GCM, NIST SP 800-38D). The key cannot be taken out of the
 * browser, each person has one of their own, and what is sealed says whose and which it is: it
 * does not open in another's place.
 */

const IV_BYTES = 12;

/** @typedef {import("./store.js").Sealed} Sealed */

/** @returns {Promise<CryptoKey>} that no script can read */
export function newKey() {
  return crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

/**
 * @param {CryptoKey} key
 * @param {string} place whose and which it is
 * @param {BufferSource} bytes
 * @returns {Promise<Sealed>}
 */
export async function seal(key, place, bytes) {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  return { iv, text: await crypto.subtle.encrypt(parameters(iv, place), key, bytes) };
}

/**
 * @param {CryptoKey} key
 * @param {string} place
 * @param {Sealed} sealed
 * @returns {Promise<ArrayBuffer>} throws OperationError for another's, or one that was changed
 */
export function unseal(key, place, { iv, text }) {
  return crypto.subtle.decrypt(parameters(iv, place), key, text);
}

/** @param {CryptoKey} key @param {string} place @param {unknown} value @returns {Promise<Sealed>} */
export function sealValue(key, place, value) {
  return seal(key, place, new TextEncoder().encode(JSON.stringify(value)));
}

/** @param {CryptoKey} key @param {string} place @param {Sealed} sealed @returns {Promise<any>} */
export async function unsealValue(key, place, sealed) {
  return JSON.parse(new TextDecoder().decode(await unseal(key, place, sealed)));
}

/** @param {Uint8Array} iv @param {string} place @returns {AesGcmParams} */
function parameters(iv, place) {
  return { name: "AES-GCM", iv: new Uint8Array(iv), additionalData: new TextEncoder().encode(place) };
}
