/** What mouse, pen and thumb do to the card on the desk. */

import { focusSpan, setEdge } from "./card.js";
import { endMark, markRange, pickToken } from "./pick.js";

/** card(): the one on the desk;  change(step): card => card */
export function createPointerMoves({ card, change }) {
  let grabbed = null;

  return {
    focus: (index) => change((now) => focusSpan(now, index)),
    tap: (token, span) => change((now) => (span >= 0 && !now.pick ? focusSpan(now, span) : pickToken(now, token))),
    mark: (from, to) => change((now) => markRange(now, from, to)),
    endMark: () => change(endMark),
    /** A drag is one step to undo, however far it goes: each move starts again from the card as it was grabbed. */
    edge: (edge, { token, offset }) => {
      grabbed ??= card();
      const place = token === undefined ? offset : grabbed.tokens[token][edge === "start" ? 0 : 1];
      change((now) => (place === null ? now : setEdge(grabbed, edge, place)));
    },
    release: () => (grabbed = null),
  };
}
