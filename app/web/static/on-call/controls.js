/**
 * Hold, go back, hand over, bring in: said to the server without leaving the page, for the call
 * goes on in it. What comes of it is the fragment that the server gives anew.
 */

/** @typedef {{ setMicrophone(on: boolean): unknown, setCamera(on: boolean): unknown }} Sending */

/**
 * @param {HTMLElement} root holds the fragment `on_call/controls.html`
 * @param {Sending} consultation
 */
export function bindControls(root, consultation) {
  root.addEventListener("submit", (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    const path = form.dataset["acts"];
    if (!path) return;
    event.preventDefault();
    void act(root, path, /** @type {HTMLButtonElement | null} */ (event.submitter));
  });
  let isHeld = lineOf(root) === "held";
  root.addEventListener("fragment:updated", () => {
    const line = lineOf(root);
    // Of whoever was brought in, or has handed it over, the owner's hold says nothing.
    if (!line) return;
    // A hold that the crew ended by ringing again ends here when the specialist goes back, so that
    // nobody is heard unawares; and whoever is said to be cut off may be speaking.
    if (line === "dropped" || (line === "held") === isHeld) return;
    isHeld = line === "held";
    // Nobody on hold hears or sees the specialist; back again they are heard, and seen if they wish.
    void consultation.setMicrophone(!isHeld);
    if (isHeld) void consultation.setCamera(false);
  });
}

/** @param {HTMLElement} root */
function lineOf(root) {
  return root.querySelector("[data-line]")?.getAttribute("data-line");
}

/**
 * @param {HTMLElement} root
 * @param {string} path
 * @param {HTMLButtonElement | null} button
 */
async function act(root, path, button) {
  const body = button?.name ? { [button.name]: button.value } : {};
  const buttons = root.querySelectorAll("button");
  for (const each of buttons) each.disabled = true;
  try {
    const response = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    if (response.ok) fold(root);
    tell(root, response.ok ? "" : await reason(response));
  } catch {
    tell(root, "No signal: that did not get through. Try again.");
  } finally {
    for (const each of buttons) each.disabled = false;
  }
}

/** @param {Response} response */
async function reason(response) {
  const problem = await response.json().catch(() => ({}));
  return problem.detail || "That did not work. Try again.";
}

/** @param {HTMLElement} root */
function fold(root) {
  for (const each of root.querySelectorAll("details[open]")) each.removeAttribute("open");
}

/** @param {HTMLElement} root @param {string} words */
function tell(root, words) {
  const place = root.querySelector("[data-act-problem]");
  if (place) place.textContent = words;
}
