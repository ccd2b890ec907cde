/** Adding a span: card.pick = { label, start, end, typed }; tokens by index, null until chosen. Pure functions on cards.
 *
 * From the keyboard the label comes first, then a hint letter for the first token and one for the last. With the pointer
 * either comes first.
 */

import { addSpan, focusSpan, relabelSpan } from "./card.js";
import { isSeparator } from "./offsets.js";

const LETTERS = "abcdefghijklmnopqrstuvwxyz";

/** Token index -> hint: one letter each, two where a title has more than 26 words. Separators get none. */
export function hintsOf(card) {
  const words = card.tokens.flatMap(([start, end], index) =>
    isSeparator(card.chars.slice(start, end).join("")) ? [] : [index],
  );
  const hint = (position) =>
    words.length <= LETTERS.length
      ? LETTERS[position]
      : LETTERS[Math.floor(position / LETTERS.length)] + LETTERS[position % LETTERS.length];
  return new Map(words.map((index, position) => [index, hint(position)]));
}

export function startPick(card, label) {
  return { ...card, focus: -1, pick: { label, start: null, end: null, typed: "" } };
}

export function cancelPick(card) {
  return { ...card, pick: null };
}

/** A label was chosen: for the marked tokens, for the focused span, or for a span to be added by hints. */
export function chooseLabel(card, label) {
  if (card.pick && card.pick.end !== null) {
    return finish(card, { ...card.pick, label });
  }
  return card.focus >= 0 ? relabelSpan(card, label) : startPick(card, label);
}

/** A letter typed while hints are shown. Letters that lead nowhere are dropped. */
export function typeHint(card, letter) {
  const hints = hintsOf(card);
  const typed = card.pick.typed + letter;
  const found = [...hints].find(([, hint]) => hint === typed);
  if (found) {
    return pickToken({ ...card, pick: { ...card.pick, typed: "" } }, found[0]);
  }
  const leads = [...hints.values()].some((hint) => hint.startsWith(typed));
  return { ...card, pick: { ...card.pick, typed: leads ? typed : "" } };
}

/** Enter while hints are shown: the first token alone is the span. */
export function closePick(card) {
  return card.pick.start === null ? card : pickToken(card, card.pick.start);
}

/** A token chosen by hint or tap. With a label it is the first, then the last one; without, it marks or extends a range. */
export function pickToken(card, index) {
  const pick = card.pick ?? { label: null, start: null, end: null, typed: "" };
  if (pick.label) {
    return pick.start === null ? { ...card, pick: { ...pick, start: index } } : finish(card, { ...pick, end: index });
  }
  const start = pick.start ?? index;
  return { ...focusSpan(card, -1), pick: { ...pick, start, end: index } };
}

/** Tokens marked by dragging; with a label already chosen they are the span. */
export function markRange(card, from, to) {
  const pick = { label: card.pick?.label ?? null, start: from, end: to, typed: "" };
  return { ...focusSpan(card, -1), pick };
}

/** The drag is over: with a label chosen before, the marked tokens become a span. */
export function endMark(card) {
  return card.pick?.label && card.pick.end !== null ? finish(card, card.pick) : card;
}

/** [first, last] token that is marked, or null. */
export function markedTokens(card) {
  if (!card.pick || card.pick.start === null) {
    return null;
  }
  const end = card.pick.end ?? card.pick.start;
  return [Math.min(card.pick.start, end), Math.max(card.pick.start, end)];
}

function finish(card, pick) {
  const [first, last] = markedTokens({ ...card, pick });
  return addSpan(card, card.tokens[first][0], card.tokens[last][1], pick.label);
}
