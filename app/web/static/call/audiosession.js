/**
 * What kind of sound the page makes, where a browser wants to know (W3C Audio Session; Safari).
 *
 * An iPhone that has to guess changes its guess in mid-word, when the microphone opens or goes, and
 * with it the volume and where the sound comes from; and before the microphone is open, the switch
 * at the telephone's side silences the others.
 */

/** @typedef {"auto" | "play-and-record"} Kind */

export function soundAsInCall() {
  say("play-and-record");
}

export function soundAsUsual() {
  say("auto");
}

/** @param {Kind} kind */
function say(kind) {
  // TypeScript knows it not yet.
  const { audioSession } = /** @type {{ audioSession?: { type: Kind } }} */ (navigator);
  if (audioSession) audioSession.type = kind;
}
