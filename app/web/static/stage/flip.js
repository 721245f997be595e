/** The button for the other camera, on devices that have one. */

import { listDevices } from "../call/devices.js";

/** @typedef {import("../call/consultation.js").Consultation} Consultation */

/**
 * Browsers say how many cameras there are once one is open: until then the button is away.
 *
 * @param {HTMLElement} button
 * @param {Consultation} consultation
 */
export function bindFlip(button, consultation) {
  const refresh = async () => {
    const { cameras } = await listDevices();
    button.hidden = cameras.length < 2;
  };
  button.addEventListener("click", () => void consultation.switchCamera());
  consultation.local.addEventListener("change", () => void refresh());
  navigator.mediaDevices?.addEventListener("devicechange", () => void refresh());
  void refresh();
}
