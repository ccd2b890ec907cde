/** The same correction in other waiting titles: asked for in the background, offered, and carried over by the group card. */

import { createGroupCard } from "./group_card.js";

const PAUSE_MS = 200;
const CORRECTIONS = ["correct", "nothing"];

/** ask(verdictId) -> { titles, busy, more } from the server;  refill: more cards, now that some may be free again */
export function createGroups({ part, words, notices, desk, focusCard, ask, refill }) {
  const card = createGroupCard(part, { words, apply, focusCard });
  let [offer, latest, timer] = [null, null, null];

  function show(next) {
    offer = next;
    part.offer.hidden = !offer;
    part["offer-words"].textContent = offer ? words.say("group_offer", { count: offer.titles.length }) : "";
  }

  /** The server has this entry now. */
  function confirmed({ kind, body, text }, answer) {
    if (kind === "group" || kind === "take_back") {
      refill();
      lookAgain();
    }
    if (answer.applied) {
      notices.showRemark("group_done", answer.applied);
    } else if (kind === "verdict" && CORRECTIONS.includes(body.action) && !answer.late) {
      latest = { verdictId: body.id, text };
      lookAgain();
    }
  }

  /** Of many corrections in a row only the last one is asked for. */
  function lookAgain() {
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE_MS);
  }

  /** An answer that came too late for its correction is dropped. A group that cannot be had is not offered: nothing is lost by it. */
  async function look() {
    const about = latest;
    if (!about || !desk.stands(about.verdictId)) {
      show(null);
      return;
    }
    const found = await ask(about.verdictId).catch(() => ({ titles: [] }));
    if (about === latest && desk.stands(about.verdictId) && !part.group.open) {
      show(found.titles.length ? { ...about, ...found } : null);
    }
  }

  function open() {
    if (offer) {
      card.open(offer);
    } else {
      notices.showRemark("group_none");
    }
  }

  function apply(titleIds) {
    const { verdictId, text } = offer;
    show(null);
    desk.carry({ verdictId, text, titleIds });
  }

  /** After an undo the correction may be gone. */
  function check() {
    if (offer && !desk.stands(offer.verdictId)) {
      show(null);
    }
  }

  return { confirmed, open, check };
}
