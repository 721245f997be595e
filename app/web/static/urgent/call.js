/** The call of a crew's request: it begins, without a reload, the moment somebody answers. */

import { bindChat } from "../stage/chat.js";
import { Stage } from "../stage/stage.js";

/** @type {Stage | null} */
let stage = null;

/** @param {HTMLElement} root of the page; its status says when somebody has answered */
export function callWhenAnswered(root) {
  new MutationObserver(() => startCall(root)).observe(root, {
    childList: true,
    subtree: true,
    attributes: true,
    attributeFilter: ["data-state-now", "data-encounter-now"],
  });
  startCall(root);
}

/**
 * Rear camera first; what was entered stays on the page below the picture.
 *
 * @param {HTMLElement} root
 */
function startCall(root) {
  const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (root.querySelector(selector));
  const status = find("[data-state-now]");
  const encounterId = status?.dataset["encounterNow"] ?? "";
  if (stage || !encounterId || status.dataset["stateNow"] !== "accepted") return;
  const section = find("[data-stage]");
  section.dataset["encounterId"] = encounterId;
  find("[data-call]").hidden = false;
  find("[data-call-chat]").hidden = false;
  stage = new Stage(section);
  bindChat(find("[data-chat]"), stage.consultation);
  stage.consultation.addEventListener("ended", () => {
    // What was advised is at the top; dead controls below it would only confuse.
    find("[data-call]").hidden = true;
    find("[data-call-chat]").hidden = true;
    root.scrollIntoView();
  });
  void stage.join();
  find("[data-call]").scrollIntoView();
}
