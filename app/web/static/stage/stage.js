/**
 * A call on a page: binds the markup of the macro `stage` (templates/macros/stage.html) to a
 * Consultation. Pages add what is theirs: who waits, notes, observations.
 */

import { Consultation } from "../call/consultation.js";
import { isGone } from "../call/ladder.js";
import { QualityWatch } from "../call/quality.js";
import { announce } from "../announce.js";
import { bindFlip } from "./flip.js";
import { reportFirstPicture } from "./first-picture.js";
import { Photos } from "./photos.js";
import { RecordingControls } from "./recording.js";
import { bindSelfView, nextCorner } from "./self-view.js";
import { bindSettings } from "./settings.js";
import { Sharing } from "./sharing.js";
import { Steps } from "./steps.js";
import { Tiles, setText } from "./tiles.js";
import { Way } from "./way.js";

/**
 * @typedef {import("../call/devices.js").Facing} Facing
 * @typedef {import("../call/local.js").Input} Input
 * @typedef {import("../call/quality.js").Quality} Quality
 */

/** @type {Record<string, string>} */
const GRADES = { good: "Line good", fair: "Line fair", poor: "Line poor", unknown: "Line" };

/** The media are back within a second and a half of most losses. */
const TOLD_AFTER_MS = 1_500;

export class Stage {
  /** @type {Consultation} */
  consultation;
  /** @type {HTMLElement} */
  #root;
  /** @type {Tiles} */
  #tiles;
  /** @type {QualityWatch} */
  #quality;
  #selfHidden = false;
  #refreshSettings = () => {};
  #brokenSinceMs = Infinity;
  #brokenTimer = 0;

  /**
   * @param {HTMLElement} root the section made by the macro
   * @param {Consultation} [consultation] default: one for `data-encounter-id`
   */
  constructor(root, consultation) {
    this.#root = root;
    const facing = /** @type {Facing} */ (root.dataset["facing"] ?? "user");
    const encounterId = root.dataset["encounterId"] ?? "";
    // Many pictures of full size would fill everybody's line: of each comes what its tile takes.
    const layers = root.dataset["group"] === "true";
    this.consultation = consultation ?? new Consultation({ encounterId, facing, layers });
    this.#tiles = new Tiles(this.#find("[data-pictures]"), this.consultation);
    new Photos(this.#find("[data-pictures]"), this.consultation);
    new RecordingControls(root, this.consultation);
    new Way(root, this.consultation);
    new Sharing(root, this.consultation);
    const steps = new Steps(root, this.consultation);
    this.#quality = new QualityWatch(() => this.consultation.connections);
    this.#wireControls();
    this.#wireDialogs();
    this.consultation.addEventListener("change", () => this.#refresh());
    this.consultation.addEventListener("ended", () => this.#quality.stop());
    this.consultation.addEventListener("step", () => {
      if (isGone(this.consultation.step)) this.#find("[data-quality]").hidden = true;
      this.#tiles.refresh();
    });
    this.#quality.addEventListener("quality", (event) => {
      const quality = /** @type {CustomEvent<Quality>} */ (event).detail;
      this.#showQuality(quality);
      steps.measured(quality.reading?.receives ?? true);
    });
    this.#refresh();
  }

  /** @param {{ microphone?: boolean, camera?: boolean }} [wanted] */
  async join(wanted) {
    this.#quality.start();
    reportFirstPicture(this.#find("[data-pictures]"), this.#root.dataset["encounterId"] ?? "");
    await this.consultation.join(wanted);
  }

  #wireControls() {
    const { consultation } = this;
    const { local } = consultation;
    this.#on("[data-microphone]", () => consultation.setMicrophone(!isSending(local.microphone)));
    this.#on("[data-camera]", () => consultation.setCamera(!isSending(local.camera)));
    bindFlip(this.#find("[data-flip]"), consultation);
    this.#on("[data-unblock]", () => consultation.unblock());
    this.#on("[data-fullscreen]", () => this.#toggleFullScreen());
    // An iPhone makes films as large as its screen, not pages.
    this.#find("[data-fullscreen]").hidden = !document.fullscreenEnabled;
    this.#on("[data-self-move]", () => nextCorner(this.#find("[data-self]")));
    this.#on("[data-self-toggle]", () => this.#toggleSelf());
    bindSelfView(this.#find("[data-self]"), this.#root);
    document.addEventListener("fullscreenchange", () => this.#refresh());
  }

  #wireDialogs() {
    const settings = this.#dialog("[data-settings]");
    const leaving = this.#dialog("[data-leaving]");
    this.#refreshSettings = bindSettings(settings, this.consultation);
    const open = () => {
      this.#refreshSettings();
      settings.showModal();
    };
    this.#on("[data-more]", open);
    this.#on("[data-trouble-help]", open);
    this.#on("[data-close-settings]", () => settings.close());
    this.#on("[data-leave]", () => leaving.showModal());
    this.#on("[data-stay]", () => leaving.close());
    this.#on("[data-leave-now]", async () => {
      leaving.close();
      await this.consultation.leave();
      const next = this.#root.dataset["leaveHref"];
      if (next) location.assign(next);
    });
  }

  #refresh() {
    const { local } = this.consultation;
    this.#tiles.refresh();
    this.#toggle("[data-microphone]", isSending(local.microphone), "Microphone");
    this.#toggle("[data-camera]", isSending(local.camera), "Camera");
    this.#showSelf();
    this.#find("[data-unblock]").hidden = !this.consultation.isBlocked;
    this.#toggle("[data-fullscreen]", document.fullscreenElement !== null, "Full screen", "");
    this.#notice(this.#words());
    this.#trouble();
    if (this.#dialog("[data-settings]").open) this.#refreshSettings();
  }

  /** @returns {string} what is happening, and what to do; empty when pictures speak for themselves */
  #words() {
    const { consultation } = this;
    if (consultation.phase === "ended") return consultation.reason;
    if (isGone(consultation.step)) return "";
    if (consultation.phase === "idle" || consultation.phase === "joining") return "Connecting…";
    if (consultation.phase === "waiting") return "Waiting to be let in.";
    const broken = brokenWords(consultation);
    if (this.#lasts(broken !== "")) return broken;
    if (consultation.others.length === 0) return "Nobody else is here yet. Stay on this page.";
    return "";
  }

  /**
   * Most of what breaks is whole again before anybody has read of it: it is told when it lasts.
   *
   * @param {boolean} isBroken
   */
  #lasts(isBroken) {
    clearTimeout(this.#brokenTimer);
    if (!isBroken) this.#brokenSinceMs = Infinity;
    if (!isBroken) return false;
    this.#brokenSinceMs = Math.min(this.#brokenSinceMs, performance.now());
    const leftMs = this.#brokenSinceMs + TOLD_AFTER_MS - performance.now();
    if (leftMs > 0) this.#brokenTimer = setTimeout(() => this.#refresh(), leftMs);
    return leftMs <= 0;
  }

  /** @param {string} words */
  #notice(words) {
    const notice = this.#find("[data-notice]");
    notice.hidden = words === "";
    setText(notice, words);
  }

  /** Why others do not see or hear this person, and where the steps are. */
  #trouble() {
    const { camera, microphone } = this.consultation.local;
    const titles = [microphone, camera].flatMap(({ failure }) => (failure ? [failure.title] : []));
    const trouble = this.#find("[data-trouble]");
    trouble.hidden = titles.length === 0 || this.consultation.phase === "ended";
    setText(this.#find("[data-trouble-words]"), titles.length ? `${titles.join(". ")}.` : "");
  }

  #showSelf() {
    const { local } = this.consultation;
    const video = /** @type {HTMLVideoElement} */ (this.#find("[data-self-video]"));
    // A stream without a picture would keep the page loading for ever.
    const picture = local.selfView.active ? local.selfView : null;
    if (video.srcObject !== picture) video.srcObject = picture;
    const figure = this.#find("[data-self]");
    figure.hidden = this.#selfHidden || !isSending(local.camera);
    figure.dataset["facing"] = local.facing;
    if (!figure.hidden && video.paused) void video.play().catch(() => undefined);
  }

  #toggleSelf() {
    this.#selfHidden = !this.#selfHidden;
    setText(this.#find("[data-self-toggle]"), this.#selfHidden ? "Show my picture" : "Hide my picture");
    this.#showSelf();
  }

  async #toggleFullScreen() {
    if (document.fullscreenElement) await document.exitFullscreen();
    else await this.#root.requestFullscreen?.().catch(() => announce("Full screen is not possible here."));
  }

  /** @param {Quality} quality */
  #showQuality({ grade, words }) {
    const sign = this.#find("[data-quality]");
    // Of a line that is gone the last measurement says nothing; the step does.
    sign.hidden = grade === "unknown" || isGone(this.consultation.step);
    sign.dataset["grade"] = grade;
    setText(this.#find("[data-quality-grade]"), GRADES[grade] ?? "Line");
    setText(this.#find("[data-quality-words]"), words);
  }

  /** @param {string} selector @param {boolean} on @param {string} name @param {string} [state] */
  #toggle(selector, on, name, state = on ? " on" : " off") {
    const button = this.#find(selector);
    button.setAttribute("aria-pressed", String(on));
    const label = button.querySelector("[data-label]");
    if (label) setText(label, `${name}${state}`);
  }

  /** @param {string} selector @param {() => unknown} action */
  #on(selector, action) {
    this.#root.querySelector(selector)?.addEventListener("click", () => void action());
  }

  /** @param {string} selector @returns {HTMLElement} */
  #find(selector) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(selector));
  }

  /** @param {string} selector @returns {HTMLDialogElement} */
  #dialog(selector) {
    return /** @type {HTMLDialogElement} */ (this.#root.querySelector(selector));
  }
}

/** @param {Input} input */
function isSending(input) {
  return input.on && input.track !== null;
}

/** @param {Consultation} consultation */
function brokenWords({ line, mediaState }) {
  const goesOn = mediaState === "connected" || mediaState === "new";
  if (mediaState === "interrupted") return "The picture has stopped. It comes back by itself.";
  if (line === "reconnecting" && goesOn) return "Reconnecting… Your call goes on.";
  return line === "reconnecting" ? "Connecting…" : "";
}
