/**
 * The ways that media may take, as a consultation's token gives them: TURN servers with
 * credentials that end, and whether anything else may be used at all.
 */

/** @typedef {import("./socket.js").Token} Token */

/**
 * Only what the token asks for, so that it adds to a page's own configuration and never loosens it.
 *
 * @param {Token} token
 * @returns {RTCConfiguration}
 */
export function waysOf({ ice_servers: servers, ice_transport_policy: policy }) {
  return {
    ...(servers && servers.length > 0 ? { iceServers: servers } : {}),
    ...(policy === "relay" ? { iceTransportPolicy: policy } : {}),
  };
}

/**
 * Fresh credentials for the same servers are no other way: an allocation that was made goes on,
 * and the new ones are for the next time that ICE gathers.
 *
 * @param {RTCConfiguration} one
 * @param {RTCConfiguration} other
 */
export function areSameWays(one, other) {
  return key(one) === key(other);
}

/** @param {RTCConfiguration} configuration */
function key({ iceServers = [], iceTransportPolicy = "all" }) {
  return JSON.stringify([iceTransportPolicy, iceServers.map(({ urls }) => [urls].flat())]);
}
