/** Doubts about a reading: found when it is accepted, shown under the card, kept when it is accepted again. */

import { textOf } from "./card.js";
import { make } from "./line.js";
import { lintReading } from "./lint.js";

/** The card with its doubts, the first of them in focus; the same card if there is none or they were seen. */
export function raiseDoubts(card, rules) {
  const doubts = card.doubts.length ? [] : lintReading(rules, card.chars, card.spans);
  if (!doubts.length) {
    return card;
  }
  return { ...card, doubts, focus: card.spans.findIndex(({ start }) => start === doubts[0].start) };
}

/** Doubts that are kept, as the verdict names them. */
export function overridesOf({ doubts }, reason) {
  return doubts.map(({ code, start, end }) => ({ code, start, end, reason }));
}

export function sayDoubts(card, words) {
  return card.doubts.map((doubt) => words.doubt(doubt.code, textOf(card, doubt)));
}

/** Writes the note under the card. The reason that somebody types stays while the same doubts stand. */
export function drawDoubts(part, card, { words, guidelines }) {
  const { doubts, "doubt-list": list, "doubt-reason": reason } = part;
  const isShown = Boolean(card?.doubts.length);
  if (!isShown) {
    [doubts.hidden, reason.value] = [true, ""];
    return;
  }
  doubts.hidden = false;
  const items = sayDoubts(card, words).map((text, index) => make("li", "", `${text} `, linkTo(card.doubts[index].rule, words, guidelines)));
  list.replaceChildren(...items);
}

function linkTo(rule, words, guidelines) {
  const link = make("a", "", words.say("rule", { rule }));
  link.href = `${guidelines}#rule-${rule}`;
  link.target = "_blank";
  link.rel = "noopener";
  return link;
}
