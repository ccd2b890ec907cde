/** Keys and what they do. A key is named as it is typed ("p", "[", "?"), else by its KeyboardEvent name ("Space", "ArrowLeft"), with
 * "Alt+" and "Shift+" before it where they matter ("Shift+p", "Alt+[", "Alt+Shift+ArrowLeft").
 * Which key does what comes from the server (annotator/domain/review_keys.py).
 */

/** Actions that a held-down key repeats. The others act once for each press. */
const REPEATABLE = /^(accept|undo|next_|previous_|tab_|start_|end_)/;
const BRACKETS = { BracketLeft: ["[", "{"], BracketRight: ["]", "}"] };

/** Key name -> action, from action -> keys. */
export function buildKeymap(keys) {
  return new Map(Object.entries(keys).flatMap(([action, given]) => given.map((key) => [key, action])));
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

/** The letter that a key types, lower case; where the layout types no Latin letter, or Alt another sign (macOS), the one that its place has
 * on QWERTY. */
export function letterOf(event, hasAlt = false) {
  if (/^[a-z]$/i.test(event.key)) {
    return event.key.toLowerCase();
  }
  const isOther = event.key.length === 1 && (hasAlt || event.key > "\u024f");
  return isOther && /^Key[A-Z]$/.test(event.code) ? event.code.at(-1).toLowerCase() : "";
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
  if (event.key.length === 1) {
    return letterOf(event, hasAlt) || event.key.toLowerCase();
  }
  return event.key;
}
