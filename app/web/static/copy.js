/** Pages with a field to copy. */

import { bindDialogs } from "./record/dialogs.js";

bindDialogs();
