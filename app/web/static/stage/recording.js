/**
 * Recording on a call's page: the question to everybody, the sign while it goes on, and the way
 * out of it. Bound to the macro `stage`.
 */

import { announce } from "../announce.js";
import { setText } from "./tiles.js";

/**
 * @typedef {import("../call/consultation.js").Consultation} Consultation
 * @typedef {import("../call/messages.js").Recording} Recording
 */

/** @type {Record<string, string>} */
const ENDINGS = {
  stopped: "The recording has stopped.",
  declined: "Somebody said no. This call is not recorded.",
  withdrawn: "Somebody took back their yes. The recording has stopped.",
  failed: "The recording has stopped: it could not be stored.",
};

/** The same to whoever did it. @type {Record<string, string>} */
const OWN_ENDINGS = {
  declined: "You said no. This call is not recorded.",
  withdrawn: "You took back your yes. The recording has stopped.",
};

/** @type {Record<string, string>} */
const SIGNS = {
  asked: "Not recording yet: waiting for everyone to agree",
  recording: "Recording this call",
  paused: "Recording paused: waiting for everyone to agree",
};

export class RecordingControls {
  #root;
  #consultation;
  #said = "";
  /** The recording that was said no to here. */
  #refused = "";
  /** The recording that goes on, or did last. */
  #latest = "";

  /** @param {HTMLElement} root the section made by the macro @param {Consultation} consultation */
  constructor(root, consultation) {
    this.#root = root;
    this.#consultation = consultation;
    const asking = /** @type {HTMLDialogElement} */ (this.#find("[data-record-dialog]"));
    this.#on("[data-record]", () => asking.showModal());
    this.#on("[data-record-cancel]", () => asking.close());
    this.#on("[data-record-ask]", () => {
      asking.close();
      void this.#ask();
    });
    this.#on("[data-record-yes]", () => this.#answer(true));
    this.#on("[data-record-no]", () => this.#answer(false));
    this.#on("[data-record-stop]", () => this.#stop());
    consultation.addEventListener("change", () => this.#refresh());
    consultation.addEventListener("recording_ended", (event) => {
      const how = /** @type {CustomEvent<string>} */ (event).detail;
      const isOwn = this.#refused !== "" && this.#refused === this.#latest;
      const own = isOwn ? OWN_ENDINGS[how] : undefined;
      this.#note(own ?? ENDINGS[how] ?? "The recording has stopped.");
    });
    this.#refresh();
  }

  /** @returns {boolean} */
  get #leads() {
    return this.#consultation.grants?.record ?? false;
  }

  #refresh() {
    const { recording, phase, me } = this.#consultation;
    this.#latest = recording?.id ?? this.#latest;
    const isIn = phase === "admitted";
    this.#find("[data-record]").hidden = !this.#leads || !isIn || recording !== null;
    this.#find("[data-recording]").hidden = recording === null || !isIn;
    const isAsked = recording !== null && isIn && !recording.agreed.includes(me);
    this.#find("[data-record-question]").hidden = !isAsked;
    this.#find("[data-record-stop]").hidden = isAsked;
    if (recording === null || !isIn) return;
    this.#find("[data-recording]").dataset["state"] = recording.state;
    const sign = SIGNS[recording.state] ?? "";
    setText(this.#find("[data-recording-words]"), sign);
    const stop = recording.state === "asked" ? "Do not record" : "Stop recording";
    setText(this.#find("[data-record-stop]"), this.#leads ? stop : "Stop recording me");
    if (sign !== this.#said) this.#note("");
    this.#say(isAsked ? "You are asked whether this call may be recorded." : sign);
  }

  /** To those who do not see the sign, once. @param {string} words */
  #say(words) {
    if (words === this.#said) return;
    this.#said = words;
    announce(words);
  }

  /** @param {string} words what has just happened; empty takes the note away */
  #note(words) {
    const note = this.#find("[data-recording-note]");
    note.hidden = words === "";
    setText(note, words);
    if (words !== "") this.#said = words;
  }

  async #ask() {
    this.#note("");
    const encounter = encodeURIComponent(this.#root.dataset["encounterId"] ?? "");
    const answer = await fetch(`/api/v1/encounters/${encounter}/recordings`, { method: "POST" }).catch(
      () => null,
    );
    if (!answer?.ok) this.#note("This call cannot be recorded just now. Try again in a moment.");
  }

  /** @param {boolean} agrees */
  #answer(agrees) {
    const { recording } = this.#consultation;
    if (!recording) return;
    this.#sent({ type: "answer_recording", recording_id: recording.id, agrees });
    this.#refused = agrees ? "" : recording.id;
    /** @type {HTMLElement | null} */ (this.#root.querySelector("[data-record-stop]"))?.focus();
  }

  #stop() {
    const { recording } = this.#consultation;
    if (!recording) return;
    if (this.#leads) this.#sent({ type: "stop_recording", recording_id: recording.id });
    else this.#answer(false);
  }

  /** @param {import("../call/messages.js").ClientMessage} message */
  #sent(message) {
    if (!this.#consultation.send(message)) {
      this.#note("There is no line just now. Try again in a moment.");
    }
  }

  /** @param {string} selector @param {() => void} action */
  #on(selector, action) {
    this.#find(selector).addEventListener("click", action);
  }

  /** @param {string} selector @returns {HTMLElement} */
  #find(selector) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(selector));
  }
}
