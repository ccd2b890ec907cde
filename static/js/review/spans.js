/** Lists of spans {start, end, label}: sorted, flat, never overlapping. Pure functions: each returns a new list. */

import { trimRange } from "./offsets.js";

export const LABELS = ["PER", "LOC", "ORG", "MISC", "DATE"];

export const isPerformer = ({ label }) => label === "PER";

export const sameRange = (a, b) => a.start === b.start && a.end === b.end;

export function sortSpans(spans) {
  return [...spans].sort((a, b) => a.start - b.start);
}

/** Bare spans: what is compared and what is sent. Scores stay with the model's reading. */
export function bareSpans(spans) {
  return sortSpans(spans).map(({ start, end, label }) => ({ start, end, label }));
}

export function sameSpan(a, b) {
  return sameRange(a, b) && a.label === b.label;
}

export function sameSpans(left, right) {
  return left.length === right.length && left.every((span, index) => sameSpan(span, right[index]));
}

/** The spans with [start, end) cut out of them: whole, shortened, split in two, or gone. */
export function carve(spans, start, end, chars) {
  return spans.flatMap((span) => {
    if (span.end <= start || span.start >= end) {
      return [span];
    }
    return [
      [span.start, start],
      [end, span.end],
    ]
      .map(([from, to]) => (from < to ? trimRange(chars, from, to) : [from, from]))
      .filter(([from, to]) => from < to)
      .map(([from, to]) => ({ ...span, start: from, end: to }));
  });
}

/** The list with `span` in it; what it overlaps gives way. */
export function placeSpan(spans, span, chars) {
  return sortSpans([...carve(spans, span.start, span.end, chars), span]);
}

/** The list with the span at `index` given other values; what it then overlaps gives way. */
export function changeSpan(spans, index, change, chars) {
  const rest = spans.filter((_, position) => position !== index);
  return placeSpan(rest, { ...spans[index], ...change }, chars);
}

/** The score that the model gave to exactly this span in one of its readings, or null: a person's own span has none. */
export function scoreOf(span, readings) {
  for (const reading of readings) {
    const found = reading.spans.find((other) => sameSpan(other, span));
    if (found && typeof found.score === "number") {
      return found.score;
    }
  }
  return null;
}

/** The index of the span that the model is least sure of, or -1. */
export function leastCertain(spans, readings) {
  let least = -1;
  let lowest = Infinity;
  spans.forEach((span, index) => {
    const score = scoreOf(span, readings) ?? 1;
    if (score < lowest) {
      [least, lowest] = [index, score];
    }
  });
  return least;
}
