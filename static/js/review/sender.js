/** Where each kind of outbox entry goes, and which titles are on their way with them. */

const KEYS = { verdict: "verdicts", undo: "undos", group: "propagations", take_back: "undos" };

/** send(kind, bodies, options) -> one answer for each body */
export function createSender({ post, urls }) {
  const places = { verdict: urls.verdicts, undo: urls.undo, group: urls.propagate, take_back: urls.take_back };
  return async (kind, bodies, options) => (await post(places[kind], { [KEYS[kind]]: bodies }, options)).results;
}

/** Titles that are decided here, but not yet confirmed. */
export function titlesOf(entries) {
  return entries.flatMap(({ kind, body }) => ({ verdict: [body.title_id], group: body.title_ids })[kind] ?? []);
}
