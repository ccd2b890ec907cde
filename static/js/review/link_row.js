/** Writes which artist the focused performer is: a row under the title, a sign at each tag, and the same in words. */

import { make } from "./line.js";
import { linkOf } from "./links.js";

export const SIGNS = { known: "✓", chosen: "✓", doubtful: "?", new: "+" };

const nameOf = ({ name, note }) => (note ? `${name} (${note})` : name);

/** The sign of a span's link, or "" */
export function signOf(card, span) {
  return SIGNS[linkOf(card, span)?.state] ?? "";
}

/** "Arsenal (football club), or Arsenal (band)?" */
export function sayLink(card, span, words) {
  const link = span && linkOf(card, span);
  if (!link) {
    return "";
  }
  const name = link.artist ? nameOf(link.artist) : words.say("link_new");
  if (link.state === "doubtful") {
    return words.say("link_doubtful", { name, others: link.others.map(nameOf).join(", ") });
  }
  if (!link.artist) {
    return words.say("link_none");
  }
  return words.say(link.state === "chosen" ? "link_chosen" : "link_known", { name });
}

export function drawLink(part, card, words) {
  const span = card && !card.pick ? card.spans[card.focus] : null;
  const text = span ? sayLink(card, span, words) : "";
  const { link: row, "link-words": line } = part;
  row.hidden = !text;
  if (text) {
    const { state } = linkOf(card, span);
    row.dataset.state = state;
    line.replaceChildren(make("span", "link-sign", SIGNS[state]), ` ${text}`);
  }
}
