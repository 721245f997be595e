/**
 * The quiet banner of a lost line. It comes late and goes by itself: a loss of a second is no
 * news.
 */

const SHOW_AFTER_MS = 1_000;

/**
 * @typedef {import("./call/socket.js").ResumingSocket} ResumingSocket
 * @typedef {import("./call/socket.js").LineChange} LineChange
 */

/**
 * @param {EventTarget} line a ResumingSocket, or anything with its `state` events
 * @param {object} [words]
 * @param {string} [words.reconnecting]
 * @param {string} [words.offline]
 * @param {HTMLElement} [words.parent]
 */
export function showLineBanner(line, words = {}) {
  const {
    reconnecting = "Reconnecting… This page shows the last we know.",
    offline = "You are offline. This page comes back by itself.",
    parent = document.body,
  } = words;
  const banner = document.createElement("div");
  banner.className = "app-line-banner";
  banner.setAttribute("role", "status");
  parent.prepend(banner);
  let timer = 0;
  line.addEventListener("state", (event) => {
    const { state, reason } = /** @type {CustomEvent<LineChange>} */ (event).detail;
    clearTimeout(timer);
    if (state === "live") banner.textContent = "";
    if (state === "closed") banner.textContent = reason;
    if (state === "reconnecting") {
      const text = navigator.onLine === false ? offline : reconnecting;
      timer = setTimeout(() => (banner.textContent = text), SHOW_AFTER_MS);
    }
  });
}
