/** The own picture in a corner: moved by dragging or by a button, and hidden. */

const CORNERS = ["bottom-right", "bottom-left", "top-left", "top-right"];

/**
 * @param {HTMLElement} figure
 * @param {HTMLElement} stage
 */
export function bindSelfView(figure, stage) {
  figure.addEventListener("pointerdown", (down) => {
    figure.setPointerCapture(down.pointerId);
    const move = (/** @type {PointerEvent} */ event) => {
      const [x, y] = [event.clientX - down.clientX, event.clientY - down.clientY];
      figure.style.translate = `${x}px ${y}px`;
    };
    const up = (/** @type {PointerEvent} */ event) => {
      figure.removeEventListener("pointermove", move);
      figure.style.translate = "";
      figure.dataset["corner"] = cornerAt(stage.getBoundingClientRect(), event.clientX, event.clientY);
    };
    figure.addEventListener("pointermove", move);
    figure.addEventListener("pointerup", up, { once: true });
    figure.addEventListener("pointercancel", up, { once: true });
  });
}

/** @param {HTMLElement} figure clockwise to the next corner */
export function nextCorner(figure) {
  const now = CORNERS.indexOf(figure.dataset["corner"] ?? "");
  figure.dataset["corner"] = CORNERS[(now + 1) % CORNERS.length] ?? "bottom-right";
}

/**
 * @param {{ left: number, top: number, width: number, height: number }} box
 * @param {number} x
 * @param {number} y
 */
export function cornerAt({ left, top, width, height }, x, y) {
  const vertical = y < top + height / 2 ? "top" : "bottom";
  return `${vertical}-${x < left + width / 2 ? "left" : "right"}`;
}
