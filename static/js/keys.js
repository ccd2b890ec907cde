/** The page of keys: a key is chosen by pressing it. Without this module the names are typed. */

import { keyName } from "./review/keymap.js";

const ALONE = ["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "Fn", "Dead", "Process", "Unidentified"];
const form = document.querySelector("[data-keys]");
const words = form.querySelector("[data-key-words]");
let listening = null;

const labelOf = (input) => input.labels[0].textContent.trim();
const say = (name, values = {}) => {
  words.textContent = name ? form.dataset[name].replace(/\{(\w+)\}/g, (_, key) => values[key]) : "";
};

function listen(button) {
  stop();
  listening = button;
  button.focus();
  button.setAttribute("aria-pressed", "true");
  say("press");
}

function stop() {
  listening?.removeAttribute("aria-pressed");
  listening = null;
}

/** The field that has this key already, if it is another than `input`. */
function holderOf(key, input) {
  const fields = [...form.querySelectorAll(".key-row input")];
  return fields.find((field) => field !== input && field.value.split(/\s+/).includes(key));
}

function take(event) {
  const input = document.getElementById(listening.dataset.pressFor);
  const isAltGr = event.getModifierState("AltGraph");
  const key = keyName(event, event.altKey && !isAltGr);
  const holder = holderOf(key, input);
  if ((event.ctrlKey || event.metaKey) && !isAltGr) {
    say("unfit", { key: event.key });
  } else if (holder) {
    say("taken", { key, action: labelOf(holder) });
  } else {
    input.value = key;
    stop();
    say("set", { action: labelOf(input), key });
  }
}

function onKey(event) {
  if (!listening || ALONE.includes(event.key)) {
    return;
  }
  if (event.key === "Tab") {
    stop();
    say("");
    return;
  }
  event.preventDefault();
  if (event.key === "Escape") {
    stop();
    say("");
  } else if (!event.repeat) {
    take(event);
  }
}

for (const button of form.querySelectorAll("[data-press-for]")) {
  button.hidden = false;
  button.addEventListener("click", () => listen(button));
  button.addEventListener("blur", () => button === listening && stop());
}
form.addEventListener("keydown", onKey);
// A button is pressed when Space is let go; the Space that was just chosen must not press it again.
form.addEventListener("keyup", (event) => event.key === " " && event.target.matches("[data-press-for]") && !listening && event.preventDefault());
