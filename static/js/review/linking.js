/** Opens the dialog that finds an artist for the focused performer, and hands the choice to the desk. */

import { textOf } from "./card.js";
import { createLinkDialog } from "./link_dialog.js";
import { isPerformer, sameRange } from "./spans.js";

export function createLinking(part, { words, desk, ask, focusCard }) {
  const dialog = createLinkDialog(part, { words, ask, choose, focusCard });
  let span = null;

  function open() {
    const card = desk.card();
    const focused = card?.spans[card.focus];
    if (!focused || card.pick || !isPerformer(focused)) {
      return;
    }
    span = focused;
    const foreseen = card.foreseen.find((link) => sameRange(link, span));
    dialog.open({ name: textOf(card, span), candidates: foreseen?.candidates ?? [] });
  }

  function choose(artist) {
    desk.choose(span, artist);
  }

  return { open };
}
