/** Mouse, pen and thumb on the title: tap or click a span to focus it, a word to mark it, drag over words to mark them, drag a grip to
 * move an edge (with Alt by the character). */

import { fromUtf16 } from "./offsets.js";

/** act: { focus(index), tap(token, span), mark(from, to), endMark(), edge(edge, { token } | { offset }), release() } */
export function listenToPointer(line, act) {
  let press = null;

  line.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.target.closest(".tag")) {
      return;
    }
    const token = nearestToken(line, event);
    press = {
      token,
      latest: token,
      edge: event.target.closest(".grip")?.dataset.edge,
      span: event.target.closest("[data-span]")?.dataset.span,
    };
    line.setPointerCapture(event.pointerId);
  });

  line.addEventListener("pointermove", (event) => {
    if (!press) {
      return;
    }
    const token = nearestToken(line, event);
    if (press.edge) {
      act.edge(press.edge, event.altKey ? { offset: offsetAt(event) } : { token });
    } else if (token !== press.latest) {
      press.latest = token;
      press.isDrag = true;
      act.mark(press.token, token);
    }
  });

  line.addEventListener("pointerup", () => {
    const { edge, isDrag, span, token } = press ?? { edge: true };
    press = null;
    act.release();
    if (isDrag) {
      act.endMark();
    } else if (!edge) {
      act.tap(token, span === undefined ? -1 : Number(span));
    }
  });

  line.addEventListener("pointercancel", () => {
    press = null;
    act.release();
  });
  line.addEventListener("click", (event) => {
    const tag = event.target.closest(".tag");
    if (tag) {
      act.focus(Number(tag.dataset.tag));
    }
  });
}

/** The index of the word under the pointer, or of the one nearest to it: first by line, then along it. */
function nearestToken(line, { clientX, clientY }) {
  let [best, least] = [0, Infinity];
  for (const piece of line.querySelectorAll("[data-token]")) {
    for (const box of piece.getClientRects()) {
      const across = Math.max(box.left - clientX, 0, clientX - box.right);
      const along = Math.max(box.top - clientY, 0, clientY - box.bottom);
      if (across + along * 1000 < least) {
        [best, least] = [Number(piece.dataset.token), across + along * 1000];
      }
    }
  }
  return best;
}

/** The offset in code points between the two characters under the pointer, or null beside the words. */
function offsetAt({ clientX, clientY }) {
  const caret = document.caretPositionFromPoint?.(clientX, clientY);
  const piece = caret?.offsetNode.parentElement?.closest("[data-start]");
  return piece ? Number(piece.dataset.start) + fromUtf16(caret.offsetNode.data ?? "", caret.offset) : null;
}
