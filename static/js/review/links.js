/** Which artist each performer of the card is: what the server foresees, and what the person chose. Pure functions.
 *
 * card.foreseen  [{ start, end, state: "known" | "doubtful" | "new", artist: id or null, candidates: [{ id, name, note, kind, state }] }]
 * card.links     { "start-end": { artist: id or null for a new one, note, name } }  chosen
 */

import { isPerformer, sameRange } from "./spans.js";

const placeOf = ({ start, end }) => `${start}-${end}`;

/** What is shown of a span: { state, artist, others }, or null while nothing is known of it. state may also be "chosen"; artist is null for
 * a new one. */
export function linkOf(card, span) {
  const foreseen = isPerformer(span) && card.foreseen.find((link) => sameRange(link, span));
  const chosen = isPerformer(span) && card.links[placeOf(span)];
  if (!foreseen && !chosen) {
    return null;
  }
  const candidates = foreseen ? foreseen.candidates : [];
  if (chosen) {
    return { state: "chosen", artist: chosen.artist === null && !chosen.note ? null : chosen, others: candidates };
  }
  const artist = candidates.find(({ id }) => id === foreseen.artist) ?? null;
  return { state: foreseen.state, artist, others: candidates.filter((one) => one !== artist) };
}

/** The card with an artist chosen for a span, as one step that undo takes back. */
export function chooseLink(card, span, { artist, note, name }) {
  const past = [...card.past, { spans: card.spans, focus: card.focus, links: card.links }];
  return { ...card, links: { ...card.links, [placeOf(span)]: { artist, note, name } }, past };
}

/** The focused performer linked to the next of those it may mean; the same card if there is no choice. */
export function nextLink(card) {
  const span = card.spans[card.focus];
  const foreseen = span && isPerformer(span) && card.foreseen.find((link) => sameRange(link, span));
  if (!foreseen) {
    return card;
  }
  const known = foreseen.candidates.map(({ id, name, note }) => ({ artist: id, name, note }));
  const choices = foreseen.artist === null ? [{ artist: null, name: "", note: "" }, ...known] : known;
  if (choices.length < 2) {
    return card;
  }
  const chosen = card.links[placeOf(span)] ?? { artist: foreseen.artist };
  const at = choices.findIndex(({ artist }) => artist === chosen.artist);
  return chooseLink(card, span, choices[(at + 1) % choices.length]);
}

/** The choices that the verdict carries: those about performers of the reading. */
export function linksOf(card) {
  return card.spans.filter(isPerformer).flatMap((span) => {
    const chosen = card.links[placeOf(span)];
    return chosen ? [{ start: span.start, end: span.end, artist: chosen.artist, note: chosen.artist === null ? chosen.note : "" }] : [];
  });
}

/** Whether nothing happened to the card but that the server told what its performers are. */
export function isForeseenOnly(card, before) {
  const isSame = (name) => card?.[name] === before?.[name];
  return Boolean(card && before) && ["titleId", "spans", "focus", "pick", "past", "doubts"].every(isSame) && !isSame("foreseen");
}
