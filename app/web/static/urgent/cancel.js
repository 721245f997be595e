/** Calling a request off, with a signal or without. */

/** @typedef {import("../offline/device.js").Device} Device */

/**
 * Bound before what is kept can be read: a press before that is not lost. A page without a server
 * behind it opens its button here, as nothing else could take the press.
 *
 * @param {HTMLElement} root
 * @param {Promise<Device | null>} ready where nothing can be kept, the server is asked at once
 * @param {string} request
 */
export function bindCancel(root, ready, request) {
  root.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.hasAttribute("data-cancel")) return;
    event.preventDefault();
    const here = await ready;
    if (here) await cancel(form, here, request);
    else form.submit();
  });
  root.querySelector("[data-cancel]")?.removeAttribute("inert");
}

/** @param {HTMLFormElement} form @param {Device} here @param {string} request */
async function cancel(form, here, request) {
  const raising = (await here.outbox.list()).find((each) => each.request === request && each.opens);
  if (raising) {
    // Nobody has heard of it. Should it be on its way this very moment, the cancelling follows.
    await here.outbox.discard(raising.id);
  }
  await here.enter({
    request,
    method: "POST",
    path: `/api/v1/service-requests/${request}/cancel`,
    label: "Cancelling the request",
  });
  if (here.halt === "empty" || here.halt === "") await here.sendNow();
  location.assign(form.dataset["cancel"] || "/urgent");
}
