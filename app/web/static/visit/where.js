/** Fills in the device's position, if the person asks for it. */

const button = /** @type {HTMLButtonElement} */ (document.querySelector("[data-use-position]"));
const said = /** @type {HTMLElement} */ (document.querySelector("[data-position-status]"));
const input = /** @type {HTMLInputElement} */ (document.querySelector("#location"));

/** Five decimals are about a metre. @param {GeolocationPosition} position */
function fill({ coords }) {
  input.value = `${coords.latitude.toFixed(5)}, ${coords.longitude.toFixed(5)}`;
  said.textContent = "Position filled in.";
  input.focus();
}

function fail() {
  said.textContent = "Your position is not available. Type a postcode or address.";
  input.focus();
}

button.hidden = !("geolocation" in navigator);
button.addEventListener("click", () => {
  said.textContent = "Finding your position…";
  navigator.geolocation.getCurrentPosition(fill, fail, { enableHighAccuracy: true, timeout: 10_000 });
});

export {};
