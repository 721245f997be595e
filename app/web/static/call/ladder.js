/**
 * The ladder on which a sender goes down when its line grows thin, and up again: pure decisions
 * from readings, no browser in here. Sound is on every step; the picture pauses before it suffers.
 */

/**
 * @typedef {import("./messages.js").Step} SendingStep
 * @typedef {SendingStep | "gone" | "phone"} Step `gone`: nothing comes back; `phone`: still nothing
 *
 * @typedef {object} Reading of the line, four times a second
 * @property {number} atMs
 * @property {number | null} estimateBps what the line carries, as the browser believes; null early
 * @property {number | null} videoBps what of it the picture is given, null while it is paused
 * @property {number | null} loss share of what we send that is lost, 0 to 1, null when unknown
 * @property {number | null} roundTripMs
 * @property {number} silentMs how long nothing at all has come from the service
 * @property {number | null} photoBps how fast the last photo went, null when there is none of late
 * @property {boolean} hasPicture whether there is a camera to send
 * @property {number | null} [wantedBps] what the picture takes at most of what anybody has use for;
 *   null for as much as the line carries
 *
 * @typedef {object} Trial
 * @property {"hush" | "feel"} phase first a lull, so that the browser probes; then the verdict
 * @property {number} since
 * @property {number} fromBps the estimate when it began
 * @property {number} bestBps the estimate when it last had grown well
 * @property {number} grewAt when that was
 *
 * @typedef {object} State
 * @property {Step} step
 * @property {number} since when the step began
 * @property {number | null} badSince since when the step is too much for the line
 * @property {number | null} goodSince since when the browser believes in a higher step by itself
 * @property {number} holdMs how long to wait before the next trial
 * @property {number} holdUntil
 * @property {Trial | null} trial of a higher step; nobody sees it until it has gone well
 * @property {number} bestTripMs the shortest round trip so far
 * @property {boolean} isTold whether this browser ever said what the line carries
 * @property {Step} before the step on which the line went, while it is gone
 *
 * @typedef {object} Encoding what to send
 * @property {boolean} active whether any picture is sent
 * @property {number} lines of the picture's shorter side
 * @property {number} videoBps at most
 * @property {number} fps at most
 * @property {number} audioBps at most
 */

/** @type {readonly Step[]} from the best to the worst */
export const STEPS = ["hd", "medium", "small", "stills", "sound", "gone", "phone"];

/** What each step needs to stay (`down`) and to be climbed to (`up`), in bits a second. */
const NEEDS = {
  hd: { down: 500_000, up: 900_000 },
  medium: { down: 220_000, up: 350_000 },
  small: { down: 0, up: 120_000 },
};
/** Sound alone makes the estimate grow to this on a line that has room, and not on one that has not. */
const ROOM_BPS = 55_000;
const ROOM_PHOTO_BPS = 100_000;
/** Without a sign of room a trial from photos would cost sound, so it is made seldom. */
const BLIND_HOLD_MS = 30_000;
/** What raised the estimate this much is gone on with: probes double it step by step. */
const PROMISING = 1.3;
const SPOILT = 0.8;
/** Chromium gives a picture 30 kb/s however thin the line is; this much makes one worth having. */
const LEAST_VIDEO_BPS = 36_000;
const HEAVY_LOSS = 0.15;
const LONG_TRIP_MS = 600;
/** A queue that grows: this many times the shortest trip, and long enough to be felt. */
const TRIP_FACTOR = 4;

/** One reading may span a burst, or a moment in which the machine was busy. */
const BAD_FOR_MS = 1_000;
/** Of sound alone the loss is reported every 5 s: one bad report is a burst, two are a line. */
const BAD_REPORTS_MS = 6_000;
const GOOD_FOR_MS = 1_000;
/** What was sent before a line grew thin stands in its queue and in the browser's own, and is
 * reported late: the smallest picture gets its share when that has gone. */
const LOST_FOR_MS = 3_000;
const STARVED_MS = 4_000;
/** Little is believed of a line that carries little, so a picture that is not asked for much stays
 * while the browser believes in this share of it. */
const ENOUGH = 0.75;
/** Below half of what is needed there is nothing to wait for. */
const HOPELESS = 0.5;
/** The browser needs this long to settle after a step; nobody should see steps flicker. */
const SETTLE_MS = 2_000;
const DWELL_MS = 2_500;
/** Feedback comes every 50 ms. */
const GONE_MS = 2_500;
const BACK_MS = 700;
const PHONE_AFTER_MS = 8_000;
const HUSH_MS = 600;
const FEEL_MS = 1_500;
const FEEL_AT_LEAST_MS = 600;
/** A trial costs the thin line a burst of some 5 kB; still, when the line is back it is soon known. */
const FIRST_HOLD_MS = 2_500;
const LONGEST_HOLD_MS = 5_000;
/** To fall back this soon means that the trial had promised too much. */
const REGRET_MS = 8_000;

/** 720p30 in VP8 looks good at this rate; more only costs mobile data. */
const FULL_BPS = 2_500_000;

/** @param {number} atMs @returns {State} */
export function begin(atMs) {
  return {
    step: "hd",
    since: atMs,
    badSince: null,
    goodSince: null,
    holdMs: FIRST_HOLD_MS,
    holdUntil: atMs,
    trial: null,
    bestTripMs: Infinity,
    isTold: false,
    before: "hd",
  };
}

/**
 * @param {State} before
 * @param {Reading} reading
 * @returns {State}
 */
export function next(before, reading) {
  const bestTripMs = Math.min(before.bestTripMs, reading.roundTripMs ?? Infinity);
  const state = { ...before, bestTripMs, isTold: before.isTold || reading.estimateBps !== null };
  if (isGone(state.step)) return whileGone(state, reading);
  if (reading.silentMs >= GONE_MS) {
    return { ...enter(state, "gone", reading.atMs), before: state.step };
  }
  // Without a picture there is nothing to make smaller, and nothing to learn about the line.
  if (!reading.hasPicture) return { ...state, badSince: null, trial: null };
  if (state.trial) return whileTrying(state, state.trial, reading);
  const lower = lowerStep(state, reading);
  if (lower) return steppedDown(state, lower, reading);
  return considerTrial(state, reading);
}

/** @param {State} state @returns {Encoding} */
export function encodingOf({ step, trial }) {
  const encoding = plain(step);
  if (trial?.phase === "hush") return { ...encoding, videoBps: 30_000 };
  // The browser probes up to the most that may be sent; the picture stays as small as it is.
  if (trial?.phase === "feel") {
    const lines = encoding.active ? encoding.lines : 180;
    return { ...encoding, active: true, lines, fps: 15, videoBps: FULL_BPS };
  }
  return encoding;
}

/** @param {Step} step @returns {Encoding} */
function plain(step) {
  switch (step) {
    case "hd":
      return { active: true, lines: 720, videoBps: FULL_BPS, fps: 30, audioBps: 64_000 };
    case "medium":
      return { active: true, lines: 360, videoBps: 800_000, fps: 30, audioBps: 48_000 };
    case "small":
      return { active: true, lines: 180, videoBps: 200_000, fps: 15, audioBps: 24_000 };
    case "stills":
      return { active: false, lines: 180, videoBps: 30_000, fps: 15, audioBps: 24_000 };
    default:
      return { active: false, lines: 180, videoBps: 30_000, fps: 15, audioBps: 16_000 };
  }
}

/** @param {Step} step */
export function isGone(step) {
  return step === "gone" || step === "phone";
}

/** @param {Step} step @returns {SendingStep} what the others are told: of a dead line, nothing new */
export function saidOf(step) {
  return isGone(step) ? "sound" : /** @type {SendingStep} */ (step);
}

/** @param {State} state @param {Reading} reading @returns {State} */
function whileGone(state, { atMs, silentMs, hasPicture }) {
  if (silentMs < BACK_MS) {
    const step = hasPicture ? afterGone(state) : "hd";
    return { ...enter(state, step, atMs), holdMs: FIRST_HOLD_MS, holdUntil: atMs + BACK_MS };
  }
  if (state.step === "gone" && silentMs >= PHONE_AFTER_MS) return enter(state, "phone", atMs);
  return state;
}

/**
 * The picture is worth more than certainty: what is too much is soon noticed. After a tunnel the
 * line is most likely the one before; of one that was away for longer nothing is known, and a small
 * picture costs it little.
 *
 * @param {State} state
 * @returns {Step}
 */
function afterGone({ step, before }) {
  if (step === "phone") return "small";
  const best = before === "hd" ? "medium" : before;
  return rank(best) > rank("stills") ? "stills" : best;
}

/** @param {State} state @param {Trial} trial @param {Reading} reading @returns {State} */
function whileTrying(state, trial, reading) {
  const { atMs } = reading;
  const bps = reading.estimateBps ?? 0;
  const elapsed = atMs - trial.since;
  if (trial.phase === "hush") {
    return elapsed < HUSH_MS ? state : { ...state, trial: trialOf("feel", atMs, bps) };
  }
  const grows = bps > trial.bestBps * PROMISING;
  const felt = { ...state, trial: grows ? { ...trial, bestBps: bps, grewAt: atMs } : trial };
  if (elapsed < FEEL_AT_LEAST_MS) return felt;
  if (isTroubled(state, reading) || bps < trial.fromBps * SPOILT) return failed(state, atMs);
  const better = bestFor(bps);
  const climbs = better !== null && rank(better) < rank(state.step);
  // The best of all is taken at once; else it goes on for as long as probes raise the estimate, and
  // where they came to a halt on the way, once more from the start.
  const isOver = elapsed >= FEEL_MS && atMs - felt.trial.grewAt >= FEEL_AT_LEAST_MS;
  const isPromising = bps > trial.fromBps * PROMISING;
  if (!isOver && better !== "hd") return felt;
  if (isPromising && better !== "hd") return { ...state, trial: trialOf("hush", atMs, bps) };
  if (climbs) return { ...enter(state, better, atMs), holdUntil: atMs + DWELL_MS };
  return failed(state, atMs);
}

/** @param {Trial["phase"]} phase @param {number} atMs @param {number} bps @returns {Trial} */
function trialOf(phase, atMs, bps) {
  return { phase, since: atMs, fromBps: bps, bestBps: bps, grewAt: atMs };
}

/** Each time that a trial comes to nothing, the next is waited for longer.
 * @param {State} state @param {number} atMs @returns {State} */
function failed(state, atMs) {
  const holdMs = Math.min(LONGEST_HOLD_MS, state.holdMs * 2);
  return { ...state, trial: null, holdMs, holdUntil: atMs + state.holdMs };
}

/** @param {number} estimateBps @returns {keyof typeof NEEDS | null} the best step that it allows */
function bestFor(estimateBps) {
  const steps = /** @type {(keyof typeof NEEDS)[]} */ (["hd", "medium", "small"]);
  return steps.find((step) => estimateBps >= NEEDS[step].up) ?? null;
}

/**
 * @param {State} state
 * @param {Reading} reading
 * @returns {State}
 */
function considerTrial(state, reading) {
  const { atMs, estimateBps } = reading;
  const { active } = plain(state.step);
  const better = active ? bestFor(estimateBps ?? 0) : null;
  const isBetter = better !== null && rank(better) < rank(state.step);
  const goodSince = isBetter ? state.goodSince ?? atMs : null;
  const calm = { ...state, badSince: null, goodSince };
  const hasDwelt = atMs - state.since >= DWELL_MS;
  if (isBetter && hasDwelt && atMs - (goodSince ?? atMs) >= GOOD_FOR_MS) {
    return { ...enter(calm, better, atMs), holdUntil: atMs + DWELL_MS };
  }
  // Where the browser believes in the best by itself, a lull would only teach it less.
  if (state.step === "hd" || better === "hd" || atMs < state.holdUntil) return calm;
  if (!active && !hasRoom(reading) && atMs < state.holdUntil + BLIND_HOLD_MS) return calm;
  if (!state.isTold) return isTroubled(state, reading) ? calm : climbed(calm, atMs);
  return { ...calm, trial: trialOf(active ? "hush" : "feel", atMs, estimateBps ?? 0) };
}

/**
 * Of a browser that does not say what the line carries (Firefox) no trial would show it: one step
 * up, seen by all; what is too much shows by its loss, and each time it is waited for longer.
 *
 * @param {State} state
 * @param {number} atMs
 * @returns {State}
 */
function climbed(state, atMs) {
  const higher = STEPS[rank(state.step) - 1] ?? "hd";
  return { ...enter(state, higher, atMs), holdUntil: atMs + Math.max(DWELL_MS, state.holdMs) };
}

/** @param {Reading} reading */
function hasRoom({ estimateBps, photoBps }) {
  return (estimateBps ?? 0) >= ROOM_BPS || (photoBps ?? 0) >= ROOM_PHOTO_BPS;
}

/**
 * The step that the line still carries, or null while this one does.
 *
 * @param {State} state
 * @param {Reading} reading
 * @returns {Step | null}
 */
function lowerStep(state, reading) {
  const { step } = state;
  if (step === "sound") return null;
  if (step === "stills") return isTroubled(state, reading) ? "sound" : null;
  if (step === "small") return isTroubled(state, reading) || isStarving(reading) ? "stills" : null;
  const { estimateBps } = reading;
  const needed = neededBps(state, reading);
  if (estimateBps !== null && estimateBps < needed) {
    return step === "hd" && estimateBps >= NEEDS.medium.down ? "medium" : "small";
  }
  return isTroubled(state, reading) ? STEPS[rank(step) + 1] ?? null : null;
}

/** @param {State} state @param {Step} lower @param {Reading} reading @returns {State} */
function steppedDown(state, lower, reading) {
  const { atMs } = reading;
  const badSince = state.badSince ?? atMs;
  const bad = { ...state, badSince };
  if (state.step !== "hd" && atMs - state.since < SETTLE_MS) return bad;
  const badForMs = patienceMs(state, reading);
  if (atMs - badSince < badForMs && !isHopeless(state, reading)) return bad;
  const regrets = state.step !== "hd" || atMs - state.since < REGRET_MS;
  const holdMs = regrets ? Math.min(LONGEST_HOLD_MS, state.holdMs * 2) : FIRST_HOLD_MS;
  return { ...enter(state, lower, atMs), holdMs, holdUntil: atMs + Math.max(DWELL_MS, holdMs) };
}

/** @param {State} state @param {Reading} reading */
function patienceMs({ step }, { loss }) {
  if (step === "stills") return BAD_REPORTS_MS;
  if (step !== "small") return BAD_FOR_MS;
  return (loss ?? 0) > HEAVY_LOSS ? LOST_FOR_MS : STARVED_MS;
}

/** @param {State} state @param {Reading} reading */
function isHopeless(state, reading) {
  if (state.step !== "hd" && state.step !== "medium") return false;
  const { estimateBps } = reading;
  return estimateBps !== null && estimateBps < neededBps(state, reading) * HOPELESS;
}

/** @param {State} state on `hd` or `medium` @param {Reading} reading */
function neededBps({ step }, { wantedBps }) {
  const { down } = NEEDS[/** @type {"hd" | "medium"} */ (step)];
  return Math.min(down, (wantedBps ?? Infinity) * ENOUGH);
}

/** @param {State} state @param {Reading} reading */
function isTroubled({ bestTripMs }, { loss, roundTripMs }) {
  const trip = roundTripMs ?? 0;
  return (loss ?? 0) > HEAVY_LOSS || (trip > LONG_TRIP_MS && trip > bestTripMs * TRIP_FACTOR);
}

/** @param {Reading} reading */
function isStarving({ videoBps }) {
  return videoBps !== null && videoBps < LEAST_VIDEO_BPS;
}

/** @param {State} state @param {Step} step @param {number} atMs @returns {State} */
function enter(state, step, atMs) {
  return { ...state, step, since: atMs, badSince: null, goodSince: null, trial: null };
}

/** @param {Step} step */
function rank(step) {
  return STEPS.indexOf(step);
}
