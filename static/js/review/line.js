/** Draws a title with its spans: words as they are, a tag under each span, grips at the focused one, hints while a span is added. */

import { hintsOf, markedTokens } from "./pick.js";
import { scoreOf } from "./spans.js";

const LENGTHS = [
  ["s", 36],
  ["m", 52],
  ["l", 72],
  ["xl", 150],
];

export function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) {
    element.className = className;
  }
  element.append(...children);
  return element;
}

/** How large a title of so many characters is set. */
export function sizeOf(chars) {
  return LENGTHS.find(([, most]) => chars.length <= most)?.[0] ?? "xxl";
}

export function drawLine(line, card, { words, describe, certain, sign }) {
  const hints = card.pick?.label && card.pick.end === null ? hintsOf(card) : new Map();
  const marked = markedTokens(card);
  const pieceOf = (piece) => drawPiece(piece, card, hints, marked);
  const children = [];
  for (const run of runsOf(card)) {
    const drawn = run.pieces.map(pieceOf);
    children.push(...(run.span < 0 ? drawn : [drawSpan(run.span, drawn, card, { words, describe, certain, sign })]));
  }
  line.dataset.size = sizeOf(card.chars);
  line.dataset.mode = card.pick ? "pick" : "read";
  line.replaceChildren(...children);
}

/** A reading in small type: labels by letter, underline and colour, no controls. */
export function drawSmall(chars, spans, words) {
  const line = make("span", "reading");
  const cut = (start, end) => chars.slice(start, end).join("");
  let from = 0;
  for (const { start, end, label } of spans) {
    const mark = make("span", "span", cut(start, end), make("span", "span-letter", words.letter(label)));
    mark.dataset.label = label;
    line.append(cut(from, start), mark);
    from = end;
  }
  line.append(cut(from));
  line.dir = "auto";
  return line;
}

/** The text cut at every token and span edge: [{ span, pieces: [{ start, end, token }] }], -1 for none. */
function runsOf(card) {
  const edges = [...card.tokens, ...card.spans.map(({ start, end }) => [start, end])].flat();
  const cuts = [...new Set([0, ...edges, card.chars.length])].sort((a, b) => a - b);
  const runs = [];
  for (let index = 0; index + 1 < cuts.length; index += 1) {
    const [start, end] = [cuts[index], cuts[index + 1]];
    const token = card.tokens.findIndex(([from, to]) => from <= start && end <= to);
    const span = card.spans.findIndex((found) => found.start <= start && end <= found.end);
    if (runs.at(-1)?.span !== span) {
      runs.push({ span, pieces: [] });
    }
    runs.at(-1).pieces.push({ start, end, token });
  }
  return runs;
}

function drawPiece({ start, end, token }, card, hints, marked) {
  const text = card.chars.slice(start, end).join("");
  const isMarked = marked && start >= card.tokens[marked[0]][0] && end <= card.tokens[marked[1]][1];
  if (token < 0) {
    return isMarked ? make("span", "is-marked", text) : document.createTextNode(text);
  }
  const piece = make("span", isMarked ? "token is-marked" : "token", text);
  piece.dataset.token = token;
  piece.dataset.start = start;
  if (hints.has(token) && card.tokens[token][0] === start) {
    piece.append(drawHint(hints.get(token), card));
  }
  return piece;
}

function drawHint(hint, card) {
  const kbd = make("kbd", hint.startsWith(card.pick.typed) ? "hint" : "hint is-out", make("b", "", hint));
  kbd.setAttribute("aria-hidden", "true");
  return kbd;
}

function drawSpan(index, pieces, card, { words, describe, certain, sign }) {
  const span = card.spans[index];
  const score = scoreOf(span, card.readings);
  const element = make("span", "span", make("span", "span-words", ...pieces), drawTag(index, span, score, { words, describe, sign }));
  element.dataset.label = span.label;
  element.dataset.span = index;
  element.dataset.sure = score === null || score >= certain ? "yes" : "no";
  if (index === card.focus) {
    element.dataset.focused = "";
    element.append(drawGrip("start"), drawGrip("end"));
  }
  return element;
}

function drawTag(index, span, score, { words, describe, sign }) {
  const tag = make("button", "tag", make("b", "", words.letter(span.label)));
  tag.append(score === null ? "" : ` ${words.share(score)}`, make("span", "tag-link", sign(span)));
  tag.type = "button";
  tag.tabIndex = -1;
  tag.dataset.tag = index;
  tag.setAttribute("aria-label", describe(index));
  return tag;
}

function drawGrip(edge) {
  const grip = make("span", "grip");
  grip.dataset.edge = edge;
  grip.setAttribute("aria-hidden", "true");
  return grip;
}
