/** Calling a request off, with a signal or without. */

/** @typedef {import("../offline/device.js").Device} Device */

/** @param {HTMLElement} root @param {Device} here @param {string} request */
export function bindCancel(root, here, request) {
  root.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.hasAttribute("data-cancel")) return;
    event.preventDefault();
    void cancel(form, here, request);
  });
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
