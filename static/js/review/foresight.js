/** Asks the server what the performers of a reading will be linked to, once for each reading, and remembers it. */

import { isPerformer } from "./spans.js";

const REMEMBERED = 200;
const keyOf = (titleId, spans) => `${titleId} ${spans.map(({ start, end }) => `${start}-${end}`).join(" ")}`;

/** ask([{ title_id, spans }]) -> { titles: [{ title_id, links }] };  on(): an answer came */
export function createForesight({ ask, on }) {
  const answers = new Map();

  /** The card with what is known of its performers. What is not known yet is asked for, with the first reading of the card behind it. */
  function fill(card, next) {
    const shown = { titleId: card.titleId, spans: card.spans };
    const behind = next && { titleId: next.titleId ?? next.title_id, spans: next.spans };
    seek([shown, behind].filter(Boolean).map(readingOf).filter(isUnknown));
    const { links } = answers.get(readingOf(shown).key) ?? {};
    return links && links !== card.foreseen ? { ...card, foreseen: links } : card;
  }

  function isUnknown({ key, spans }) {
    const answer = answers.get(key);
    return spans.length > 0 && (!answer || (answer.isOld && !answer.isAsked));
  }

  /** A link that cannot be foreseen is not shown: the server links it all the same. It is asked for again with the next change. */
  async function seek(readings) {
    if (!readings.length) {
      return;
    }
    readings.forEach(({ key }) => answers.set(key, { ...answers.get(key), isAsked: true }));
    const { titles } = await ask(readings.map(({ titleId, spans }) => ({ title_id: titleId, spans }))).catch(() => ({ titles: [] }));
    readings.forEach(({ key, titleId }) => keep(key, titles.find(({ title_id: id }) => id === titleId)));
    forget();
    if (titles.length) {
      on();
    }
  }

  function keep(key, found) {
    if (found) {
      answers.set(key, { links: found.links });
    } else {
      answers.delete(key);
    }
  }

  function forget() {
    for (const key of [...answers.keys()].slice(0, Math.max(0, answers.size - REMEMBERED))) {
      answers.delete(key);
    }
  }

  /** What was decided may have made new artists and spellings: answers stay in view until newer ones are there. */
  function renew() {
    answers.forEach((answer, key) => answers.set(key, { ...answer, isOld: true }));
  }

  return { fill, renew };
}

function readingOf({ titleId, spans }) {
  const performers = spans.filter(isPerformer).map(({ start, end, label }) => ({ start, end, label }));
  return { titleId, spans: performers, key: keyOf(titleId, performers) };
}
