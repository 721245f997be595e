/** Clock times of the last day, in the zone of the service: a crew's device may be in another. */

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/**
 * The last instant at which the clocks showed that.
 *
 * @param {string} time `14:32`
 * @param {string} zone IANA name
 * @param {number} now milliseconds since 1970
 */
export function lastInstantOf(time, zone, now) {
  const wanted = minutesOf(time);
  const present = Math.floor(now / MINUTE_MS) * MINUTE_MS;
  const ago = (minutesOf(clockOf(present, zone)) - wanted + 1440) % 1440;
  const instant = present - ago * MINUTE_MS;
  // Across a change of the clocks the difference is an hour out.
  const off = minutesOf(clockOf(instant, zone)) - wanted;
  const corrected = instant - off * MINUTE_MS;
  return Math.abs(off) <= 60 && corrected <= now ? corrected : instant;
}

/** @param {number} instant @param {string} zone @returns {string} `14:32` */
export function clockOf(instant, zone) {
  const format = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone };
  return new Intl.DateTimeFormat("en-GB", /** @type {Intl.DateTimeFormatOptions} */ (format)).format(instant);
}

/**
 * Said where it was not today: a time typed just after midnight is of the day before.
 *
 * @param {number} instant
 * @param {string} zone
 * @param {number} now
 */
export function dayWords(instant, zone, now) {
  const day = (/** @type {number} */ at) => new Date(at).toLocaleDateString("en-GB", { timeZone: zone });
  if (day(instant) === day(now)) return "";
  return day(instant) === day(now - DAY_MS) ? "Yesterday" : `On ${day(instant)}`;
}

/** @param {string} time */
function minutesOf(time) {
  const [hours, minutes] = time.split(":").map(Number);
  return (hours ?? 0) * 60 + (minutes ?? 0);
}
