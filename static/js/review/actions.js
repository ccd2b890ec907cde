/** What each action of the key map does to the card on the desk: action -> card => card. Decisions and the page's own actions are in main.js. */

import { focusSpan, moveEdge, removeSpan, stepFocus, takeReading } from "./card.js";
import { cancelPick, chooseLabel, startPick } from "./pick.js";
import { LABELS } from "./spans.js";

const withFocus = (change) => (card) => card.focus < 0 ? card : change(card);

function labelActions(label) {
  const name = label.toLowerCase();
  return [
    [`label_${name}`, (card) => chooseLabel(card, label)],
    [`add_${name}`, (card) => startPick(card, label)],
  ];
}

function edgeActions(edge) {
  return [
    [`${edge}_back`, withFocus((card) => moveEdge(card, edge, -1, "token"))],
    [`${edge}_on`, withFocus((card) => moveEdge(card, edge, 1, "token"))],
    [`${edge}_back_character`, withFocus((card) => moveEdge(card, edge, -1, "character"))],
    [`${edge}_on_character`, withFocus((card) => moveEdge(card, edge, 1, "character"))],
  ];
}

export const CARD_ACTIONS = Object.fromEntries([
  ...LABELS.flatMap(labelActions),
  ...["start", "end"].flatMap(edgeActions),
  ...[1, 2, 3].map((number) => [`reading_${number}`, (card) => takeReading(card, number)]),
  ["remove", withFocus(removeSpan)],
  ["next_span", (card) => stepFocus(card, 1, { wrap: true }) ?? card],
  ["previous_span", (card) => stepFocus(card, -1, { wrap: true }) ?? card],
  ["leave", (card) => (card.pick ? cancelPick(card) : focusSpan(card, -1))],
]);

/** Tab goes through the spans and then on to the controls, so that nobody is caught in the title. */
export const TAB_ACTIONS = {
  tab_next: (card) => stepFocus(card, 1, { wrap: false }),
  tab_previous: (card) => stepFocus(card, -1, { wrap: false }),
};

/** Actions that end a card, as the verdict names them. */
export const DECISIONS = ["accept", "nothing", "skip", "flag"];
