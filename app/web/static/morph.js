/**
 * Brings a piece of the page in line with new HTML by changing only what differs, so that focus,
 * caret, scroll and half-typed text stay.
 */

/**
 * @param {Element} current
 * @param {DocumentFragment | Element} wanted is used up
 */
export function morph(current, wanted) {
  const focused = document.activeElement;
  morphChildren(current, wanted);
  // An element that was moved has lost it.
  if (focused instanceof HTMLElement && focused !== document.activeElement && current.contains(focused)) {
    focused.focus({ preventScroll: true });
  }
}

/** @param {Element} current @param {DocumentFragment | Element} wanted */
function morphChildren(current, wanted) {
  let place = current.firstChild;
  for (const next of [...wanted.childNodes]) {
    if (next instanceof Element) place = pastBlanks(place);
    const match = matchFor(next, place, current);
    if (!match) {
      current.insertBefore(next, place);
      continue;
    }
    if (match === place) place = place.nextSibling;
    else current.insertBefore(match, place);
    morphNode(match, next);
  }
  while (place) {
    const gone = place;
    place = place.nextSibling;
    gone.remove();
  }
}

/**
 * Templates differ in the blanks between elements, which must not make new elements of them.
 *
 * @param {ChildNode | null} place
 * @returns {ChildNode | null}
 */
function pastBlanks(place) {
  while (place instanceof Text && !place.data.trim()) {
    const blank = place;
    place = place.nextSibling;
    blank.remove();
  }
  return place;
}

/** @param {Node} current @param {Node} next */
function morphNode(current, next) {
  if (current instanceof Element && next instanceof Element) {
    if (current.isEqualNode(next)) return;
    morphAttributes(current, next);
    morphChildren(current, next);
  } else if (current.nodeValue !== next.nodeValue) {
    current.nodeValue = next.nodeValue;
  }
}

/** What a person opened or typed is theirs. */
/** @param {Element} current @param {Element} next */
function morphAttributes(current, next) {
  for (const { name } of [...current.attributes]) {
    const isTheirs = name === "open" && current instanceof HTMLDetailsElement;
    if (!next.hasAttribute(name) && !isTheirs) current.removeAttribute(name);
  }
  for (const { name, value } of next.attributes) {
    if (current.getAttribute(name) !== value) current.setAttribute(name, value);
  }
}

/**
 * The node that becomes `next`: the one of the same key wherever it stands, or the one in this
 * place if neither has a key and both are of a kind.
 *
 * @param {Node} next
 * @param {ChildNode | null} place
 * @param {Element} parent
 * @returns {ChildNode | null}
 */
function matchFor(next, place, parent) {
  const key = keyOf(next);
  if (key) {
    const isSame = (/** @type {Node} */ node) => keyOf(node) === key && isOfAKind(node, next);
    return [...parent.childNodes].find(isSame) ?? null;
  }
  return place && !keyOf(place) && isOfAKind(place, next) ? place : null;
}

/** @param {Node} node */
function keyOf(node) {
  return node instanceof Element ? node.id || node.getAttribute("data-key") || "" : "";
}

/** @param {Node} one @param {Node} other */
function isOfAKind(one, other) {
  return one.nodeType === other.nodeType && one.nodeName === other.nodeName;
}
