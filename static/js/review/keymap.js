/** Keys and what they do. A key is named as it is typed ("p", "[", "?"), else by its KeyboardEvent name ("Space", "ArrowLeft"), with
 * "Alt+" and "Shift+" before it where they matter ("Shift+p", "Alt+[", "Alt+Shift+ArrowLeft").
 *
 * [ ] { } need AltGr on AZERTY, so each has an arrow twin; digits count without Shift there too.
 */

export const DEFAULT_KEYS = {
  accept: ["Space", "Enter"],
  label_per: ["p"],
  label_loc: ["l"],
  label_org: ["o"],
  label_misc: ["m"],
  label_date: ["d"],
  add_per: ["Shift+p"],
  add_loc: ["Shift+l"],
  add_org: ["Shift+o"],
  add_misc: ["Shift+m"],
  add_date: ["Shift+d"],
  remove: ["Backspace", "Delete"],
  next_span: ["ArrowRight"],
  previous_span: ["ArrowLeft"],
  tab_next: ["Tab"],
  tab_previous: ["Shift+Tab"],
  start_back: ["[", "Shift+ArrowUp"],
  start_on: ["]", "Shift+ArrowDown"],
  end_back: ["{", "Shift+ArrowLeft"],
  end_on: ["}", "Shift+ArrowRight"],
  start_back_character: ["Alt+[", "Alt+Shift+ArrowUp"],
  start_on_character: ["Alt+]", "Alt+Shift+ArrowDown"],
  end_back_character: ["Alt+{", "Alt+Shift+ArrowLeft"],
  end_on_character: ["Alt+}", "Alt+Shift+ArrowRight"],
  reading_1: ["1"],
  reading_2: ["2"],
  reading_3: ["3"],
  nothing: ["x"],
  skip: ["s"],
  flag: ["f"],
  undo: ["u"],
  search: ["/"],
  help: ["?"],
  leave: ["Escape"],
};

/** Actions that a held-down key repeats. The others act once for each press. */
const REPEATABLE = /^(accept|undo|next_|previous_|tab_|start_|end_)/;
const BRACKETS = { BracketLeft: ["[", "{"], BracketRight: ["]", "}"] };

/** Key name -> action, from the defaults and the person's own choices (action -> key or list of keys), which come first. */
export function buildKeymap(own = {}) {
  const kept = Object.entries(DEFAULT_KEYS).filter(([action]) => !(action in own));
  const pairs = [...kept, ...Object.entries(own)].flatMap(([action, keys]) => [keys].flat().map((key) => [key, action]));
  return new Map(pairs);
}

/** The action of a keydown event, or undefined. Shortcuts of the browser and of the system are left alone. */
export function actionOf(keymap, event) {
  const isAltGr = event.getModifierState("AltGraph");
  if (event.isComposing || ((event.ctrlKey || event.metaKey) && !isAltGr)) {
    return undefined;
  }
  const action = keymap.get(keyName(event, event.altKey && !isAltGr));
  return event.repeat && !REPEATABLE.test(action ?? "") ? undefined : action;
}

export function keyName(event, hasAlt = event.altKey) {
  const key = plainKey(event, hasAlt);
  const showsShift = key.length > 1 || /\p{L}/u.test(key);
  return (hasAlt ? "Alt+" : "") + (event.shiftKey && showsShift ? "Shift+" : "") + key;
}

/** The letter that a key types, lower case; where the layout types no Latin letter, the one that its place has on QWERTY. */
export function letterOf(event) {
  if (/^[a-z]$/i.test(event.key)) {
    return event.key.toLowerCase();
  }
  const isOtherScript = event.key.length === 1 && event.key > "\u024f";
  return isOtherScript && /^Key[A-Z]$/.test(event.code) ? event.code.at(-1).toLowerCase() : "";
}

function plainKey(event, hasAlt) {
  if (event.key === " ") {
    return "Space";
  }
  if (hasAlt && event.code in BRACKETS && !BRACKETS[event.code].includes(event.key)) {
    return BRACKETS[event.code][event.shiftKey ? 1 : 0];
  }
  if (/^Digit[1-9]$/.test(event.code) && !event.shiftKey) {
    return event.code.at(-1);
  }
  return letterOf(event) || event.key;
}
