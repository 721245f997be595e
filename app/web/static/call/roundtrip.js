/** Whether what was sent has arrived. */

/**
 * Asks for an answer behind everything that was sent.
 *
 * @param {import("./socket.js").ResumingSocket} socket
 * @param {number} deadlineMs
 * @returns {Promise<boolean>} whether it came
 */
export function roundTrip(socket, deadlineMs) {
  const at = Math.round(performance.now());
  return new Promise((resolve) => {
    const listening = new AbortController();
    const over = (/** @type {boolean} */ came) => {
      clearTimeout(timer);
      listening.abort();
      resolve(came);
    };
    const lost = () => over(false);
    const heard = (/** @type {Event} */ event) => {
      if (/** @type {CustomEvent} */ (event).detail.at >= at) over(true);
    };
    const timer = setTimeout(lost, deadlineMs);
    socket.addEventListener("line", heard, { signal: listening.signal });
    socket.addEventListener("state", lost, { signal: listening.signal });
    if (!socket.send({ type: "ping", at })) lost();
  });
}
