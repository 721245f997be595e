/**
 * The part of the service worker that rings while no page is open. It says that something urgent
 * rings and until when, never what: a locked screen is read by anybody.
 *
 * Import it for its effect, from a worker of either kind.
 */

(() => {
  const TITLE = "Urgent request";
  /** Only pages of ours for specialists are opened. */
  const PATH = /^\/on-call(\/requests\/[0-9a-f-]{36})?$/;
  const HOME = "/on-call";
  /** Like a telephone, for as long as a device goes along with it. */
  const VIBRATION_MS = [400, 200, 400, 2_000, 400, 200, 400, 2_000, 400, 200, 400];

  /**
   * What the standard's ServiceWorkerGlobalScope has of it (lib.dom knows windows only).
   *
   * @typedef {Event & { waitUntil(work: Promise<unknown>): void }} Lasting
   * @typedef {Lasting & { data: { json(): unknown } | null }} Pushed
   * @typedef {Lasting & { notification: Notification }} Clicked
   * @typedef {{ visibilityState: string, focused: boolean, focus(): Promise<unknown> }} Client
   * @typedef {object} Scope
   * @property {ServiceWorkerRegistration} registration
   * @property {{ matchAll(options: object): Promise<Client[]>, openWindow(path: string): Promise<unknown> }} clients
   * @property {(type: string, listener: (event: any) => void) => void} addEventListener
   */
  const scope = /** @type {Scope} */ (/** @type {unknown} */ (self));

  scope.addEventListener("push", (/** @type {Pushed} */ event) => {
    event.waitUntil(ring(noticeOf(event)));
  });
  scope.addEventListener("notificationclick", (/** @type {Clicked} */ event) => {
    event.notification.close();
    event.waitUntil(open(pathOf(event.notification.data)));
  });

  /**
   * @param {Pushed} event
   * @returns {{ path: string, until: number }} of anything unreadable: the page of requests, now
   */
  function noticeOf(event) {
    try {
      const content = /** @type {{ path?: unknown, until?: unknown }} */ (event.data?.json() ?? {});
      const until = Date.parse(String(content.until));
      return { path: pathOf(content.path), until: Number.isNaN(until) ? Infinity : until };
    } catch {
      return { path: HOME, until: Infinity };
    }
  }

  /** @param {unknown} path */
  function pathOf(path) {
    return typeof path === "string" && PATH.test(path) ? path : HOME;
  }

  /** @param {{ path: string, until: number }} notice */
  async function ring({ path, until }) {
    const windows = await scope.clients.matchAll({ type: "window" });
    if (windows.some((each) => each.focused)) return; // the page that is looked at rings itself
    const isOver = Date.now() >= until;
    const options = {
      body: isOver ? "It rang here earlier. Open to see who has it." : "Open to answer.",
      tag: path,
      renotify: true,
      requireInteraction: !isOver,
      silent: isOver,
      vibrate: isOver ? [] : VIBRATION_MS,
      icon: "/static/icons/192.png", // browsers draw no SVG here
      data: path,
    };
    await scope.registration.showNotification(TITLE, options);
  }

  /** A page that is open shows the ring over whatever it shows, and a call there goes on. */
  async function open(/** @type {string} */ path) {
    const windows = await scope.clients.matchAll({ type: "window", includeUncontrolled: true });
    const [first] = windows;
    await (first ? first.focus() : scope.clients.openWindow(path));
  }
})();
