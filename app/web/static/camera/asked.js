/**
 * What the other side asks of this device's camera: each request once, whether it is heard of as it
 * is made or, after a reload, from the room's snapshot; until it is answered or withdrawn. An answer
 * that the line lost is said again.
 */

/**
 * @typedef {import("../call/consultation.js").Consultation} Consultation
 * @typedef {import("../call/messages.js").AnswerCamera} AnswerCamera
 * @typedef {import("../call/messages.js").CameraAsked} CameraAsked
 * @typedef {import("../call/messages.js").CameraWithdrawn} CameraWithdrawn
 * @typedef {import("../call/messages.js").Snapshot} Snapshot
 * @typedef {Pick<CameraAsked, "id" | "participant_id" | "action" | "on" | "zoom">} Asked
 * @typedef {{ outcome: AnswerCamera["outcome"], documentId?: string }} Result
 * @typedef {(asked: Asked, withdrawn: AbortSignal) => Promise<Result>} Handler
 */

/** As many as a room keeps open: what is older has been given up there. */
const MOST_KEPT = 16;

export class AskedRequests {
  /** @type {Consultation} */
  #consultation;
  /** @type {Handler} */
  #handler;
  /** On their way here. @type {Map<string, AbortController>} */
  #open = new Map();
  /** Said, as far as there was a line to say it on. @type {Map<string, { answer: AnswerCamera, sent: boolean }>} */
  #answers = new Map();

  /**
   * @param {Consultation} consultation
   * @param {Handler} handler what to do with each; one that throws has failed
   */
  constructor(consultation, handler) {
    this.#consultation = consultation;
    this.#handler = handler;
    consultation.addEventListener("camera_asked", (event) => {
      void this.#take(/** @type {CustomEvent<CameraAsked>} */ (event).detail);
    });
    consultation.addEventListener("camera_withdrawn", (event) => {
      this.#withdraw(/** @type {CustomEvent<CameraWithdrawn>} */ (event).detail.id);
    });
    consultation.addEventListener("snapshot", (event) => {
      this.#compare(/** @type {CustomEvent<Snapshot>} */ (event).detail);
    });
    consultation.addEventListener("change", () => this.#sayWhatIsLeft());
  }

  /** A yes, before what was asked for is done. @param {Asked} asked */
  agree({ id }) {
    this.#consultation.send({ type: "agree_camera", id });
  }

  /** @param {Asked} asked */
  async #take(asked) {
    const { id } = asked;
    if (this.#open.has(id)) return;
    const withdrawal = new AbortController();
    this.#open.set(id, withdrawal);
    const failed = /** @type {Result} */ ({ outcome: "failed" });
    const { outcome, documentId = null } = await this.#handler(asked, withdrawal.signal).catch(() => failed);
    if (!this.#open.delete(id)) return; // nobody waits for it any more
    this.#answers.set(id, {
      answer: { type: "answer_camera", id, outcome, document_id: documentId },
      sent: false,
    });
    if (this.#answers.size > MOST_KEPT) this.#answers.delete([...this.#answers.keys()][0] ?? "");
    this.#sayWhatIsLeft();
  }

  #sayWhatIsLeft() {
    for (const kept of this.#answers.values()) {
      kept.sent ||= this.#consultation.send({ ...kept.answer });
    }
  }

  /** @param {string} id */
  #withdraw(id) {
    const withdrawal = this.#open.get(id);
    this.#open.delete(id);
    withdrawal?.abort();
  }

  /** @param {Snapshot} snapshot what is open there, and nothing else */
  #compare({ requests }) {
    const ours = requests.filter(({ of }) => of === this.#consultation.me);
    const ids = new Set(ours.map(({ id }) => id));
    for (const id of [...this.#open.keys()]) if (!ids.has(id)) this.#withdraw(id);
    for (const id of [...this.#answers.keys()]) if (!ids.has(id)) this.#answers.delete(id);
    for (const { by, ...request } of ours) {
      const kept = this.#answers.get(request.id);
      if (kept) kept.sent = false;
      else void this.#take({ ...request, participant_id: by });
    }
  }
}
