/** Tells when the device went from one network to another, where the browser says so. */

/**
 * A phone that leaves Wi-Fi notices at once, while ICE takes seconds to miss the old path. Only the
 * kind of network counts: the estimates of its speed change all the time.
 *
 * @param {() => void} changed
 * @param {AbortSignal} signal ends the listening
 */
export function onNetworkChange(changed, signal) {
  addEventListener("online", changed, { signal });
  const { connection } = /** @type {{ connection?: EventTarget & { type?: string } }} */ (navigator);
  if (!connection) return;
  let before = connection.type;
  const check = () => {
    const now = connection.type;
    if (now !== before && now !== "none") changed();
    before = now;
  };
  connection.addEventListener("change", check, { signal });
}
