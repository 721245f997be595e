/** Tokens for sockets, and the reasons for which none is given or a socket stays closed. */

import { serverNow } from "../clock.js";

/** A token with less life left is fetched anew. */
const FRESH_MS = 30_000;
/** Close codes from here on say: do not come back (messages.py, CloseCode). */
const FIRST_FINAL_CODE = 4500;
const LAST_OWN_CODE = 4999;

/** In plain words. @type {Record<number, string>} */
export const FINAL_REASONS = {
  4500: "This page is out of date. Reload it to carry on.",
  4501: "You are not signed in any more. Sign in or open your link again.",
  4502: "You cannot join this consultation.",
  4503: "The consultation has ended.",
  4504: "You joined from another tab or device. The call goes on there.",
  4505: "You were asked to leave this consultation.",
  4506: "Something went wrong on this page. Reload it to carry on.",
  4507: "Something went wrong on this page. Reload it to carry on.",
  4508: "You left the consultation.",
};

/**
 * @typedef {object} Token
 * @property {string} token
 * @property {string} [expires_at] RFC 3339; without it the token is never refreshed
 * @property {RTCIceServer[]} [ice_servers] a consultation's: see relays.js
 * @property {RTCIceTransportPolicy} [ice_transport_policy]
 */

/** The token service said no, and will say no again: coming back is of no use. */
export class TokenRefused extends Error {
  /** @param {string} reason in plain words */
  constructor(reason) {
    super(reason);
    this.name = "TokenRefused";
  }
}

/**
 * Fetches a token with the page's own cookie.
 *
 * @param {string} url
 * @returns {() => Promise<Token>} throws TokenRefused when signed out, not allowed or gone
 */
export function tokenFrom(url) {
  return async () => {
    const response = await fetch(url, {
      method: "POST",
      credentials: "same-origin",
      headers: visitHeaders(),
    });
    if (response.ok) return response.json();
    if ([401, 403, 404, 410].includes(response.status)) {
      throw new TokenRefused(FINAL_REASONS[response.status === 401 ? 4501 : 4502] ?? "");
    }
    throw new Error(`The token service answered ${response.status}`);
  };
}

/**
 * Staff who try a patient's link hold two sessions: the page says which it means.
 *
 * @returns {Record<string, string>} headers for a request to the service
 */
export function visitHeaders() {
  const onVisit = globalThis.location?.pathname.startsWith("/visit") ?? false;
  return onVisit ? { "Openconsult-Visit": "1" } : {};
}

/**
 * @param {number} code
 * @returns {boolean} whether the server asks not to come back
 */
export function isFinal(code) {
  return code >= FIRST_FINAL_CODE && code <= LAST_OWN_CODE;
}

/** One that was fetched for a socket before serves the next while it is fresh. */
export class Tokens {
  /** @type {Token | null} */
  #last = null;
  /** @type {() => Promise<Token>} */
  #fetch;

  /** @param {() => Promise<Token>} fetch */
  constructor(fetch) {
    this.#fetch = fetch;
  }

  /** @returns {Promise<Token>} throws TokenRefused */
  async get() {
    const isFresh = lifeMs(this.#last) > FRESH_MS;
    return this.#last && isFresh ? this.#last : this.fresh();
  }

  async fresh() {
    this.#last = await this.#fetch();
    return this.#last;
  }

  /** It may be why a socket was closed. */
  forget() {
    this.#last = null;
  }
}

/** @param {Token | null} token @returns {number} NaN where it does not say */
export function lifeMs(token) {
  return Date.parse(token?.expires_at ?? "") - serverNow();
}
