/** Steppers: the first press shows a usual value to start from. */

/** @param {HTMLInputElement} input @param {number} by */
export function stepBy(input, by) {
  const start = Number(input.dataset["start"]);
  const next = input.value === "" ? start : Number(input.value) + by;
  const bounded = Math.min(Number(input.max), Math.max(Number(input.min), next));
  input.value = String(Math.round(bounded * 10) / 10);
}
