/** The button that prints; without scripts the browser's own does. */

const button = document.querySelector("[data-print]");
if (button instanceof HTMLButtonElement) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

export {};
