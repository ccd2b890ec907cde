/** One review card: the text, the reading drawn on it, what is in focus, and how it came to be so. Pure: every function returns a card.
 *
 * card = { titleId, predictionId, text, chars, tokens, stops, readings, spans, focus, pick, past, doubts }
 *   tokens  [[start, end]] in code points;  stops { token, character }: where an edge may go
 *   readings  the model's, best first, [{ spans, confidence }]; with isProposed the first is a correction that was carried over, without
 *   confidence; with isBlind it is empty: the model's is kept back;  focus  index into spans, -1 for none
 *   pick  a span being added (pick.js) or null;  past  earlier { spans, focus, links }, latest last
 *   foreseen, links  which artists its performers are (links.js)
 *   doubts  which guidelines the drawn reading may break, once somebody wanted to accept it (doubts.js)
 */

import { characterStops, codePoints, isSeparator } from "./offsets.js";
import { bareSpans, changeSpan, leastCertain, placeSpan, sameSpan, sameSpans } from "./spans.js";

export function openCard(data) {
  const chars = codePoints(data.text);
  const confidence = data.proposed ? null : data.confidence;
  const readings = [{ spans: data.spans, confidence }, ...data.alternatives];
  const spans = bareSpans(data.spans);
  return {
    titleId: data.title_id,
    predictionId: data.prediction_id,
    text: data.text,
    chars,
    tokens: data.tokens,
    stops: { token: tokenStops(chars, data.tokens), character: characterStops(data.text) },
    readings,
    isProposed: data.proposed,
    isBlind: data.blind,
    spans,
    focus: leastCertain(spans, readings),
    pick: null,
    past: [],
    foreseen: [],
    links: {},
    doubts: [],
  };
}

function tokenStops(chars, tokens) {
  const words = tokens.filter(([start, end]) => !isSeparator(chars.slice(start, end).join("")));
  const named = words.length ? words : tokens;
  return { start: named.map(([start]) => start), end: named.map(([, end]) => end) };
}

export function textOf(card, span) {
  return card.chars.slice(span.start, span.end).join("");
}

export function isChanged(card) {
  return !sameSpans(card.spans, bareSpans(card.readings[0].spans));
}

/** The card with other spans, as one step that undoEdit takes back; the focus goes to `target`, if it is among them. */
function edit(card, spans, target) {
  if (sameSpans(spans, card.spans)) {
    return { ...card, pick: null };
  }
  const focus = target ? spans.findIndex((span) => sameSpan(span, target)) : -1;
  const past = [...card.past, { spans: card.spans, focus: card.focus, links: card.links }];
  return { ...card, spans, focus, pick: null, doubts: [], past };
}

export function undoEdit(card) {
  return { ...card, ...card.past.at(-1), pick: null, doubts: [], past: card.past.slice(0, -1) };
}

export function addSpan(card, start, end, label) {
  const span = { start, end, label };
  return edit(card, placeSpan(card.spans, span, card.chars), span);
}

export function removeSpan(card) {
  return edit(card, card.spans.filter((_, index) => index !== card.focus), null);
}

/** The focused span gets the label; the same label again removes it. */
export function relabelSpan(card, label) {
  const span = card.spans[card.focus];
  if (span.label === label) {
    return removeSpan(card);
  }
  return edit(card, changeSpan(card.spans, card.focus, { label }, card.chars), { ...span, label });
}

/** The focused span's "start" or "end" one stop back (-1) or on (1), by "token" or by "character". A span keeps at least one character. */
export function moveEdge(card, edge, direction, unit) {
  const span = card.spans[card.focus];
  const stops = unit === "token" ? card.stops.token[edge] : card.stops.character;
  const onward = direction > 0 ? stops : [...stops].reverse();
  const isBeyond = (stop) => (stop - span[edge]) * direction > 0;
  const next = onward.find((stop) => isBeyond(stop) && mayEdgeStand(card, edge, stop));
  return next === undefined ? card : setEdge(card, edge, next);
}

/** The focused span's edge at an offset; nothing happens where an edge may not stand. */
export function setEdge(card, edge, offset) {
  const span = { ...card.spans[card.focus], [edge]: offset };
  if (span.start >= span.end || !mayEdgeStand(card, edge, offset)) {
    return card;
  }
  return edit(card, changeSpan(card.spans, card.focus, span, card.chars), span);
}

function mayEdgeStand(card, edge, offset) {
  const inside = card.chars[edge === "start" ? offset : offset - 1];
  return inside !== undefined && !/\s/u.test(inside);
}

/** The n-th best reading (from 1) instead of what is drawn. */
export function takeReading(card, number) {
  const reading = card.readings[number - 1];
  if (!reading) {
    return card;
  }
  const spans = bareSpans(reading.spans);
  const weakest = spans[leastCertain(spans, [reading])];
  return { ...edit(card, spans, weakest), focus: spans.indexOf(weakest) };
}

export function focusSpan(card, index) {
  return { ...card, focus: index, pick: null };
}

/** The span after (1) or before (-1) the focused one; null beyond the ends unless it wraps. */
export function stepFocus(card, direction, { wrap }) {
  const count = card.spans.length;
  const from = card.focus < 0 && direction < 0 ? count : card.focus;
  const next = from + direction;
  if (!count || (!wrap && (next < 0 || next >= count))) {
    return null;
  }
  return focusSpan(card, (next + count) % count);
}
