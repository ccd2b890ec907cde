/** Verdicts and undos on their way to the server: kept until the server confirms them, sent in order, sent again after a failure.
 *
 * entry = { id, kind: "verdict" | "undo" | "group" | "take_back", body, text, owner, tab, order, at, refused? }   body.id === id makes repeats harmless
 */

import { Refused, SignedOut } from "./post.js";

const BATCH = 20;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 15000;

/** send(kind, bodies) -> [{ id, ok, code, message }]; on(name, entry, answer): "change", "confirmed", "refused", "late", "lost",
 * "signed_out", "signed_in", "unkept" */
export function createOutbox({ storage, send, on, owner, tab }) {
  const entries = [];
  const attempted = new Set();
  let [isSending, isSignedOut, pause, timer, lastOrder, batchSize] = [false, false, FIRST_PAUSE_MS, null, 0, BATCH];

  const pending = () => entries.filter((entry) => !entry.refused);
  const keep = (entry) => storage?.put(entry).catch(() => on("unkept"));

  function drop(id) {
    const index = entries.findIndex((entry) => entry.id === id);
    if (index >= 0) {
      entries.splice(index, 1);
      storage?.remove(id).catch(() => on("unkept"));
    }
  }

  function add(kind, body, text) {
    lastOrder = Math.max(lastOrder + 1, Date.now());
    const entry = { id: body.id, kind, body, text, owner, tab, order: lastOrder, at: Date.now() };
    entries.push(entry);
    keep(entry);
    flush();
  }

  /** Takes a verdict or a group back: out of the box if it never left, else by an undo behind it. */
  function takeBack({ verdictId, card, groupId, text }, undoId) {
    const id = verdictId ?? groupId;
    const entry = entries.find((kept) => kept.id === id);
    if (entry && (entry.refused || !attempted.has(id))) {
      drop(id);
      on("change");
    } else {
      const body = groupId ? { propagation_id: groupId } : { verdict_id: verdictId, title_id: card.titleId };
      add(groupId ? "take_back" : "undo", { id: undoId, ...body }, text ?? card.text);
    }
  }

  async function flush() {
    on("change");
    if (isSending || !pending().length) {
      return;
    }
    isSending = true;
    clearTimeout(timer);
    try {
      while (pending().length) {
        await sendHead();
      }
    } catch (error) {
      retryLater(error);
    } finally {
      isSending = false;
      on("change");
    }
  }

  /** The oldest entries of one kind: a verdict must not overtake the undo before it. */
  function takeHead() {
    const waiting = pending();
    const turn = waiting.findIndex((entry) => entry.kind !== waiting[0].kind);
    const batch = waiting.slice(0, Math.min(batchSize, turn < 0 ? waiting.length : turn));
    batch.forEach((entry) => attempted.add(entry.id));
    return batch;
  }

  async function sendHead() {
    const batch = takeHead();
    settle(batch, await answersTo(batch));
    pause = FIRST_PAUSE_MS;
    if (isSignedOut) {
      isSignedOut = false;
      on("signed_in");
    }
    on("change");
  }

  /** A refused batch is sent again one by one, so that one bad entry holds back nothing but itself. */
  async function answersTo(batch) {
    try {
      const answers = await send(batch[0].kind, batch.map((entry) => entry.body));
      batchSize = BATCH;
      return answers;
    } catch (error) {
      if (!(error instanceof Refused)) {
        throw error;
      }
      batchSize = 1;
      return batch.length > 1 ? [] : [{ id: batch[0].id, ok: false, code: error.code, message: error.message }];
    }
  }

  function settle(batch, answers) {
    const found = new Map(answers.map((answer) => [answer.id, answer]));
    for (const entry of batch.filter((sent) => found.has(sent.id))) {
      const answer = found.get(entry.id);
      if (answer.ok || answer.code === "nothing_to_undo") {
        drop(entry.id);
        on("confirmed", entry, answer);
      } else {
        entry.refused = answer.message || answer.code;
        keep(entry);
        on("refused", entry);
      }
      for (const remark of ["late", "lost"]) {
        if (answer[remark]) {
          on(remark, entry);
        }
      }
    }
  }

  function retryLater(error) {
    if (error instanceof SignedOut && !isSignedOut) {
      isSignedOut = true;
      on("signed_out");
    }
    timer = setTimeout(flush, pause);
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  }

  /** The page goes away: a last try that outlives it. Whatever it does not reach, the next page sends again. */
  function sendAway() {
    const batch = takeHead();
    if (batch.length) {
      send(batch[0].kind, batch.map((entry) => entry.body), { keepalive: true }).catch(() => {});
    }
  }

  /** Entries of this person that a closed tab left behind. */
  function adopt(stored) {
    entries.push(...stored.sort((a, b) => a.order - b.order));
    lastOrder = Math.max(0, ...entries.map((entry) => entry.order));
    entries.filter((entry) => entry.refused).forEach((entry) => on("refused", entry));
  }

  return { add, adopt, drop, flush, pending, sendAway, takeBack };
}
