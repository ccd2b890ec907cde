/** The session: the card on the desk, the cards behind it, and what was decided. Pure functions.
 *
 * session = { card, queue, past, done, left, empty }   past: [{ card, verdictId } or { groupId, text }], latest last;  empty  why there is no card, in words
 */

import { isChanged, openCard, undoEdit } from "./card.js";
import { overridesOf } from "./doubts.js";
import { linksOf } from "./links.js";

export const SESSION_START = { card: null, queue: [], past: [], done: 0, left: 0, empty: "" };

/** Cards that arrived; those already here are left out. The first fills an empty desk. */
export function addCards(session, cards) {
  const held = new Set(heldTitles(session));
  const fresh = cards.filter((card) => !held.has(card.title_id));
  return fillDesk({ ...session, queue: [...session.queue, ...fresh] });
}

/** The session without cards that went to someone else. One that is already edited stays: late work is kept as a second opinion. */
export function dropCards(session, titleIds) {
  const lost = new Set(titleIds);
  const isLost = (card) => card && lost.has(titleOf(card)) && !card.past?.length;
  const card = isLost(session.card) ? null : session.card;
  return fillDesk({ ...session, card, queue: session.queue.filter((waiting) => !isLost(waiting)) });
}

export function heldTitles(session) {
  return [session.card, ...session.queue].filter(Boolean).map(titleOf);
}

/** What the person decided, as the server wants it. Accepting a changed reading is a correction, or "nothing" if no span is left; a
 * reading that was carried over here is not the model's either. */
export function verdictOf(card, { id, action, comment = "", reason = "", elapsedMs }) {
  const changed = card.spans.length ? "correct" : "nothing";
  const decided = action === "accept" && (card.isProposed || isChanged(card)) ? changed : action;
  const hasReading = decided === "accept" || decided === "correct";
  return {
    id,
    title_id: card.titleId,
    prediction_id: card.predictionId,
    action: decided,
    spans: hasReading ? card.spans : [],
    comment,
    overrides: hasReading ? overridesOf(card, reason) : [],
    links: hasReading ? linksOf(card) : [],
    elapsed_ms: elapsedMs,
  };
}

/** The next card, with the present one remembered under its verdict. */
export function nextCard(session, verdictId) {
  const past = [...session.past, { card: { ...session.card, doubts: [] }, verdictId }];
  return fillDesk({ ...session, card: null, past, done: session.done + 1, left: Math.max(0, session.left - 1), empty: "" });
}

/** One step back: an edit on this card, else the last verdict, whose card returns as it was.
 * Returns [session, what is taken back: the last entry of its past, or null]. */
export function stepBack(session) {
  if (session.card?.past.length) {
    return [{ ...session, card: undoEdit(session.card) }, null];
  }
  const last = session.past.at(-1);
  if (!last) {
    return [session, null];
  }
  const past = session.past.slice(0, -1);
  if (last.groupId) {
    return [{ ...session, past }, last];
  }
  const queue = session.card ? [session.card, ...session.queue] : session.queue;
  return [{ ...session, card: last.card, queue, past, done: session.done - 1, left: session.left + 1 }, last];
}

/** A correction was carried over to these titles: one step to undo, and their cards are no longer what they were. */
export function carryOver(session, { groupId, text, titleIds }) {
  return dropCards({ ...session, past: [...session.past, { groupId, text }] }, titleIds);
}

/** Whether a verdict of this session was not taken back. */
export function standing(session, verdictId) {
  return session.past.some((step) => step.verdictId === verdictId);
}

export function canStepBack(session) {
  return Boolean(session.card?.past.length || session.past.length);
}

function fillDesk(session) {
  if (session.card || !session.queue.length) {
    return session;
  }
  const [first, ...queue] = session.queue;
  return { ...session, card: first.readings ? first : openCard(first), queue };
}

function titleOf(card) {
  return card.titleId ?? card.title_id;
}
