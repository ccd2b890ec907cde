/** One keydown listener for the page. Keys do nothing to the card while someone types, reads the help, or works in the page's header. */

import { TAB_ACTIONS } from "./actions.js";
import { actionOf, letterOf } from "./keymap.js";

const TYPING = "input, textarea, select, [contenteditable]";
const CONTROL = "button, a, summary";
const NATIVE_ON_CONTROL = ["accept", "tab_next", "tab_previous"];

/** A key that speaks to the card takes the focus from the button where Tab left it: the next Space accepts what is drawn, and does not
 * press that button. */
export function listenToKeys(root, { keymap, desk, touch, focusCard }) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || isElsewhere(root, event.target)) {
      return;
    }
    touch();
    const action = actionOf(keymap, event);
    const control = event.target.closest(CONTROL);
    if (control && NATIVE_ON_CONTROL.includes(action)) {
      return;
    }
    if (control && action) {
      focusCard();
    }
    if (take(desk, event, action)) {
      event.preventDefault();
    }
  });
}

function isElsewhere(root, target) {
  if (document.querySelector("dialog[open]") || target.closest(TYPING)) {
    return true;
  }
  const isPage = target === document.body || target === document.documentElement || target.id === "main";
  return !isPage && !root.contains(target);
}

/** Whether the key was ours. */
function take(desk, event, action) {
  if (desk.pick()?.label) {
    return takeHint(desk, event, action);
  }
  if (action in TAB_ACTIONS) {
    return desk.tab(TAB_ACTIONS[action]);
  }
  if (action) {
    desk.act(action, event);
  }
  return Boolean(action);
}

/** While hints are shown letters are hints, Enter ends and Escape cancels; Space accepts nothing by mistake. */
function takeHint(desk, event, action) {
  const letter = !event.ctrlKey && !event.metaKey && !event.altKey && letterOf(event);
  if (letter) {
    desk.hint(letter);
  } else if (event.key === "Enter") {
    desk.closePick();
  } else if (action === "leave" || action === "remove") {
    desk.act("leave");
  } else if (action === "help") {
    desk.act(action);
  }
  return Boolean(letter || action) && !event.key.startsWith("Tab");
}
