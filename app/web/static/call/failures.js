/**
 * Why a camera or microphone does not work, in plain words, and how to allow it in this very
 * browser.
 */

/**
 * @typedef {"denied" | "in-use" | "none-found" | "insecure" | "unknown"} FailureCode
 * @typedef {"chrome" | "edge" | "firefox" | "safari" | "ios" | "android" | "other"} Browser
 *
 * @typedef {object} Failure
 * @property {FailureCode} code
 * @property {"camera" | "microphone"} device
 * @property {string} title one line
 * @property {string} text what it means
 * @property {string[]} steps what to do, in order
 */

/** @type {Record<string, FailureCode>} names by the Media Capture standard, §10 */
const CODES = {
  NotAllowedError: "denied",
  NotReadableError: "in-use",
  AbortError: "in-use",
  NotFoundError: "none-found",
  OverconstrainedError: "none-found",
  SecurityError: "insecure",
  TypeError: "insecure",
};

/** @type {Record<Browser, (device: string) => string[]>} */
const HOW_TO_ALLOW = {
  chrome: (device) => [
    "Select the icon at the left end of the address bar.",
    `Switch ${device} on.`,
    "Reload this page.",
  ],
  edge: (device) => [
    "Select the padlock at the left end of the address bar.",
    `Next to ${device}, choose Allow.`,
    "Reload this page.",
  ],
  firefox: (device) => [
    `Select the crossed-out ${device} icon at the left end of the address bar.`,
    "Select the cross next to Blocked to clear it.",
    `Reload this page and choose Allow when Firefox asks for your ${device}.`,
  ],
  safari: (device) => [
    "In the menu bar at the top, open Safari, then Settings for this website.",
    `Next to ${device}, choose Allow.`,
    "Reload this page.",
  ],
  ios: (device) => [
    "Select the button at the left end of the address bar (aA, or the page symbol).",
    `Open Website Settings and set ${device} to Allow.`,
    `If it is not there: open your device's Settings, find your browser, and switch ${device} on.`,
    "Reload this page.",
  ],
  android: (device) => [
    "Tap the icon at the left end of the address bar, then Permissions.",
    `Switch ${device} on.`,
    `If it is not there: open your phone's Settings, Apps, your browser, Permissions, ${device}.`,
    "Reload this page.",
  ],
  other: (device) => [
    `In your browser's settings for this website, allow the ${device}.`,
    "Reload this page.",
  ],
};

/**
 * @param {string} userAgent
 * @param {boolean} hasTouch tells an iPad, which calls itself a Mac, from a Mac
 * @returns {Browser}
 */
export function browserOf(userAgent, hasTouch) {
  if (/iPhone|iPad|iPod/.test(userAgent) || (/Macintosh/.test(userAgent) && hasTouch)) return "ios";
  if (/Android/.test(userAgent)) return "android";
  if (/Edg\//.test(userAgent)) return "edge";
  if (/Firefox\//.test(userAgent)) return "firefox";
  if (/Chrom(e|ium)\//.test(userAgent)) return "chrome";
  if (/Safari\//.test(userAgent)) return "safari";
  return "other";
}

/** @returns {Browser} the one this page runs in */
export function thisBrowser() {
  return browserOf(navigator.userAgent, navigator.maxTouchPoints > 1);
}

/**
 * @param {"camera" | "microphone"} device
 * @param {Browser} browser
 * @returns {string[]} steps in order
 */
export function howToAllow(device, browser = thisBrowser()) {
  return HOW_TO_ALLOW[browser](device);
}

/**
 * @param {unknown} error as thrown by getUserMedia
 * @param {"camera" | "microphone"} device
 * @param {Browser} browser
 * @returns {Failure}
 */
export function failureOf(error, device, browser = thisBrowser()) {
  const name = error instanceof Error || error instanceof DOMException ? error.name : "";
  const code = CODES[name] ?? "unknown";
  return { code, device, ...WORDS[code](device, browser) };
}

/**
 * @typedef {{ title: string, text: string, steps: string[] }} Words
 * @type {Record<FailureCode, (device: "camera" | "microphone", browser: Browser) => Words>}
 */
const WORDS = {
  denied: (device, browser) => ({
    title: `Your browser does not let this page use your ${device}`,
    text: `You or your browser said no to the ${device}. You can change that:`,
    steps: howToAllow(device, browser),
  }),
  "in-use": (device) => ({
    title: `Another program is using your ${device}`,
    text: `Only one program can use the ${device} at a time.`,
    steps: ["Close other video calls and camera programs.", "Then try again."],
  }),
  "none-found": (device) => ({
    title: `We cannot find a ${device}`,
    text: `This device has no ${device}, or it is switched off.`,
    steps: [`Plug the ${device} in or switch it on.`, "Then try again."],
  }),
  insecure: (device) => ({
    title: `This page cannot use your ${device}`,
    text: `Browsers give the ${device} only to secure pages, whose address starts with https.`,
    steps: ["Open the link you were sent again.", "If that does not help, ring the service."],
  }),
  unknown: (device) => ({
    title: `Your ${device} does not work at the moment`,
    text: "Your browser did not say why.",
    steps: ["Reload this page.", "If that does not help, restart your device."],
  }),
};
