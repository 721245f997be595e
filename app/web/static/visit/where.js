/** Fills in the device's position, if the person asks for it. */

const button = /** @type {HTMLButtonElement} */ (document.querySelector("[data-use-position]"));
const status = /** @type {HTMLElement} */ (document.querySelector("[data-position-status]"));
const input = /** @type {HTMLInputElement} */ (document.querySelector("#location"));

/** Five decimals are about a metre. @param {GeolocationPosition} position */
function fill({ coords }) {
  input.value = `${coords.latitude.toFixed(5)}, ${coords.longitude.toFixed(5)}`;
  status.textContent = "Position filled in.";
  input.focus();
}

function fail() {
  status.textContent = "Your position is not available. Type a postcode or address.";
  input.focus();
}

button.hidden = !("geolocation" in navigator);
button.addEventListener("click", () => {
  status.textContent = "Finding your position…";
  navigator.geolocation.getCurrentPosition(fill, fail, { enableHighAccuracy: true, timeout: 10_000 });
});
