/** The messages of a call. What is on its way is shown as such until it is confirmed. */

/**
 * @typedef {import("../call/consultation.js").Consultation} Consultation
 * @typedef {import("../call/messages.js").ChatLine} ChatLine
 */

/** @param {HTMLElement} root made by the macro `chat` @param {Consultation} consultation */
export function bindChat(root, consultation) {
  const list = /** @type {HTMLElement} */ (root.querySelector("[data-chat-lines]"));
  const empty = /** @type {HTMLElement} */ (root.querySelector("[data-chat-empty]"));
  const form = /** @type {HTMLFormElement} */ (root.querySelector("[data-chat-form]"));
  const text = /** @type {HTMLTextAreaElement} */ (form.elements.namedItem("text"));
  const send = () => {
    const said = text.value.trim();
    if (said === "") return;
    consultation.chat(said);
    text.value = "";
    text.focus();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send();
  });
  consultation.addEventListener("change", () => {
    show(list, consultation);
    empty.hidden = list.childElementCount > 0;
  });
}

/** @param {HTMLElement} list @param {Consultation} consultation */
function show(list, consultation) {
  const known = new Set([...list.children].map((item) => item.getAttribute("data-id")));
  for (const item of list.querySelectorAll("[data-unsaid]")) item.remove();
  for (const line of consultation.chatLines) {
    if (!known.has(line.id)) list.append(itemOf(line, consultation.me));
  }
  for (const text of consultation.unsaid) list.append(unsaidOf(text));
  list.scrollTop = list.scrollHeight;
}

/** @param {ChatLine} line @param {string} me */
function itemOf(line, me) {
  const item = document.createElement("li");
  item.dataset["id"] = line.id;
  item.className = line.participant_id === me ? "app-chat__line app-chat__line--own" : "app-chat__line";
  const who = document.createElement("strong");
  who.textContent = line.participant_id === me ? "You" : line.name;
  const when = document.createElement("time");
  when.dateTime = line.sent_at;
  const at = new Date(line.sent_at);
  when.textContent = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const said = document.createElement("p");
  said.textContent = line.text;
  item.append(who, " ", when, said);
  return item;
}

/** @param {string} text */
function unsaidOf(text) {
  const item = document.createElement("li");
  item.dataset["unsaid"] = "";
  item.className = "app-chat__line app-chat__line--own";
  const state = document.createElement("em");
  state.textContent = "Sending…";
  const said = document.createElement("p");
  said.textContent = text;
  item.append(state, said);
  return item;
}
