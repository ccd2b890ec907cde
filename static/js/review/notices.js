/** What the page says about saving: the dot, the banner of someone signed out, verdicts that were refused, and short remarks. */

import { make } from "./line.js";

const PATIENCE_MS = 5000;
const REMARK_MS = 6000;

export function createNotices(root, { words, dismiss }) {
  const names = ["save", "save-words", "banner", "refusals", "remark"];
  const [dot, dotWords, banner, refusals, remark] = names.map((name) => root.querySelector(`[data-part="${name}"]`));
  let [clock, remarkClock] = [null, null];

  /** Calm when everything is saved, red when something has waited for 5 seconds. */
  function showSaving(pending) {
    clearTimeout(clock);
    const age = pending.length ? Date.now() - Math.min(...pending.map((entry) => entry.at)) : 0;
    const state = !pending.length ? "saved" : age < PATIENCE_MS ? "saving" : "unsaved";
    if (state === "saving") {
      clock = setTimeout(() => showSaving(pending), PATIENCE_MS - age);
    }
    dot.dataset.state = state;
    dotWords.textContent = words.say(state, { count: pending.length });
  }

  function showSignedOut(isOut) {
    banner.hidden = !isOut;
  }

  function showRefused(entry) {
    const button = make("button", "button", words.say("dismiss"));
    const item = make("li", "", make("span", "", words.say("refused", { title: entry.text, reason: entry.refused })), button);
    button.type = "button";
    button.addEventListener("click", () => {
      item.remove();
      refusals.hidden = !refusals.childElementCount;
      dismiss(entry.id);
    });
    refusals.append(item);
    refusals.hidden = false;
  }

  function showRemark(name, values) {
    clearTimeout(remarkClock);
    remark.textContent = words.say(name, values);
    remarkClock = setTimeout(() => (remark.textContent = ""), REMARK_MS);
  }

  return { showSaving, showSignedOut, showRefused, showRemark };
}
