/** Cards on loan to this tab: fetched ahead, renewed while somebody works here, given back when the tab closes. */

const QUIET_MS = 5000;
const IDLE_MS = 10 * 60 * 1000;

/** post(url, body); held(): title ids in this tab; deciding(): title ids whose verdict is on its way; isSending(): whether
 * anything is; on(name, detail): "cards" with the answer,
 * "renewed" with the title ids that are no longer ours, "failed" with the error */
export function createLeases({ config, post, held, deciding, isSending, on }) {
  let [isFetching, quietUntil, lastTouch] = [false, 0, Date.now()];

  function isIdle() {
    return Date.now() - lastTouch > IDLE_MS;
  }

  async function refill({ waiting }) {
    const isQuiet = waiting > 0 && Date.now() < quietUntil;
    if (isFetching || isQuiet || isIdle() || waiting >= config.refill_below) {
      return;
    }
    isFetching = true;
    try {
      const count = config.prefetch - waiting;
      const exclude = [...held(), ...deciding()];
      const answer = await post(config.urls.cards, { count, exclude });
      quietUntil = answer.cards.length < count ? Date.now() + QUIET_MS : 0;
      on("cards", answer);
    } catch (error) {
      quietUntil = Date.now() + QUIET_MS;
      on("failed", error);
    } finally {
      isFetching = false;
    }
  }

  /** Not while something is on its way: the card of an undo is lent again only when the undo has arrived. */
  async function renew() {
    if (isIdle() || isSending() || !held().length) {
      return;
    }
    try {
      const { lost } = await post(config.urls.heartbeat, { title_ids: held() });
      on("renewed", lost);
    } catch (error) {
      on("failed", error);
    }
  }

  function release() {
    post(config.urls.release, {}, { keepalive: true }).catch(() => {});
  }

  /** Somebody works here. After a long pause the loans have ended: ask at once which cards are still ours. */
  function touch() {
    const wasIdle = isIdle();
    lastTouch = Date.now();
    if (wasIdle) {
      renew();
    }
  }

  return { refill, release, renew, touch, wake: () => (quietUntil = 0) };
}
