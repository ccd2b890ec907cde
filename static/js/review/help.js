/** Writes the keys on the buttons and in the help dialog, as the key map has them. */

import { make } from "./line.js";

export function showKeys(root, keymap, { keys, help }) {
  const keysOf = (action) => [...keymap].filter(([, found]) => found === action).map(([key]) => key);
  const write = (key) => key.split(/(?<=.)\+(?=.)/).map((part) => keys[part] ?? part.toUpperCase()).join(" ");

  for (const kbd of root.querySelectorAll("[data-key]")) {
    const [first] = keysOf(kbd.dataset.key);
    kbd.textContent = first ? write(first) : "";
    kbd.hidden = !first;
  }
  const rows = help.map(({ actions, text }) => {
    const kbds = actions.flatMap(keysOf).map((key) => make("kbd", "", write(key)));
    return make("tr", "", make("td", "", ...kbds.flatMap((kbd) => [kbd, " "])), make("td", "", text));
  });
  root.querySelector('[data-part="keys"] tbody').replaceChildren(...rows);
}
