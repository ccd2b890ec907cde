/** The desk: holds the session, turns actions into the next state, paints it at once and sends verdicts behind it. */

import { CARD_ACTIONS, DECISIONS } from "./actions.js";
import { raiseDoubts } from "./doubts.js";
import { chooseLink, nextLink } from "./links.js";
import { closePick, typeHint } from "./pick.js";
import { createPointerMoves } from "./pointer_moves.js";
import { makeUuid } from "./post.js";
import { addCards, carryOver, dropCards, heldTitles, nextCard, SESSION_START, standing, stepBack, verdictOf } from "./session.js";

const LONGEST_MS = 2 ** 31 - 1;

/** Nothing was shown that could be accepted: a hand that goes on by habit settles nothing. */
const isUnread = (card) => Boolean(card?.isBlind && !card.spans.length);

/** rules: of the linter;  foresight: which artists performers are (foresight.js);  on(name): "decided" after a verdict, "page" with an action that is not the desk's own (search, help, flag form) */
export function createDesk({ view, outbox, on, done, rules, foresight }) {
  let session = { ...SESSION_START, done };
  let shownAt = 0;

  function show(next) {
    if (next.card?.titleId !== session.card?.titleId) {
      shownAt = performance.now();
    }
    session = next.card ? { ...next, card: foresight.fill(next.card, next.queue[0]) } : next;
    view.draw(session);
  }

  function change(step) {
    if (session.card) {
      show({ ...session, card: step(session.card) });
    }
  }

  /** Ends the card. While a span is being added nothing ends: the marked words would be lost. */
  function decide(action, comment = "") {
    const { card } = session;
    if (!card || card.pick) {
      return;
    }
    const id = makeUuid();
    const elapsedMs = Math.min(Math.round(performance.now() - shownAt), LONGEST_MS);
    const verdict = verdictOf(card, { id, action, comment, reason: view.reason(), elapsedMs });
    show(nextCard(session, id));
    outbox.add("verdict", verdict, card.text);
    on("decided");
  }

  /** A reading that may break a guideline is accepted at the second time; a key that is held down only ever gets the doubts shown. */
  function accept({ repeat = false } = {}) {
    const { card } = session;
    const doubted = card && !card.pick ? raiseDoubts(card, rules) : card;
    if (doubted !== card) {
      show({ ...session, card: doubted });
    } else if (!isUnread(card) && (!repeat || !card?.doubts.length)) {
      decide("accept");
    }
  }

  /** Goes through the artists that the focused performer may be; where there is no choice, one can be looked for. */
  function link() {
    const next = nextLink(session.card);
    if (next === session.card) {
      on("page", "find_artist");
    } else {
      show({ ...session, card: next });
    }
  }

  function undo() {
    const [back, taken] = stepBack(session);
    show(back);
    if (taken) {
      outbox.takeBack(taken, makeUuid());
      on("decided");
    }
  }

  /** Carries a correction over to other titles, as one step of the session. */
  function carry({ verdictId, titleIds, text }) {
    const groupId = makeUuid();
    show(carryOver(session, { groupId, text, titleIds }));
    outbox.add("group", { id: groupId, verdict_id: verdictId, title_ids: titleIds }, text);
    on("decided");
  }

  function act(action, press) {
    if (action === "link" && session.card) {
      link();
    } else if (action in CARD_ACTIONS) {
      change(CARD_ACTIONS[action]);
    } else if (action === "accept") {
      accept(press);
    } else if (action === "undo") {
      undo();
    } else if (action === "flag") {
      if (session.card && !session.card.pick) {
        on("page", action);
      }
    } else if (DECISIONS.includes(action)) {
      decide(action);
    } else {
      on("page", action);
    }
  }

  /** Cards that arrived from the server, and how many titles wait there. What is decided here but not yet confirmed does not wait. */
  function receive({ cards, left, empty }) {
    const next = addCards(session, cards);
    show({ ...next, left: Math.max(left - outbox.pending().length, heldTitles(next).length), empty });
  }

  /** Takes a step of Tab; false when Tab should leave the title. */
  function tab(step) {
    const card = session.card && step(session.card);
    if (card) {
      show({ ...session, card });
    }
    return Boolean(card);
  }

  const pointer = createPointerMoves({ card: () => session.card, change });

  return {
    act,
    carry,
    decide,
    stands: (verdictId) => standing(session, verdictId),
    receive,
    refresh: () => show(session),
    tab,
    card: () => session.card,
    choose: (span, artist) => change((card) => chooseLink(card, span, artist)),
    pointer,
    pick: () => session.card?.pick ?? null,
    hint: (letter) => change((card) => typeHint(card, letter)),
    closePick: () => change(closePick),
    lose: (titleIds) => show(dropCards(session, titleIds)),
    held: () => heldTitles(session),
    done: () => session.done,
  };
}
