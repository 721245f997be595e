/** The specialist's page: the switch that lets this browser ring while it is closed. */

import { bindRingDevice } from "./devices.js";

const root = /** @type {HTMLElement | null} */ (document.querySelector("[data-ring-device]"));
if (root) void bindRingDevice(root);
