/** The dialog of a group: each title before and after, ticked or not. Space ticks, Enter applies and Escape closes as in any form. */

import { codePoints } from "./offsets.js";
import { drawSmall, make } from "./line.js";
import { bareSpans } from "./spans.js";

const APPLY = "apply";

/** apply(titleIds): the ticked titles, at least one, once the person says so */
export function createGroupCard(part, { words, apply, focusCard }) {
  const { group: dialog, "group-list": list } = part;
  const boxes = () => [...list.querySelectorAll("input")];
  const ticked = () => boxes().filter((box) => box.checked);

  function open({ titles, busy, more }) {
    list.replaceChildren(...titles.map(drawTitle));
    const notes = [busy && words.say("group_busy", { count: busy }), more && words.say("group_more", { count: titles.length })];
    part["group-notes"].textContent = notes.filter(Boolean).join(" ");
    countTicks();
    dialog.returnValue = "";
    dialog.showModal();
    boxes()[0].focus();
  }

  function drawTitle({ title_id: id, text, before, after, settles, ticked: isTicked, doubts }) {
    const chars = codePoints(text);
    const box = make("input");
    [box.type, box.value, box.checked] = ["checkbox", id, isTicked];
    const arrow = make("span", "", "→", make("span", "visually-hidden", ` ${words.say("group_becomes")}: `));
    const note = make("span", "group-note", words.say(settles ? "group_settles" : "group_waits"));
    const warnings = doubts.map((doubt) => make("span", "group-doubt", `⚠ ${doubt}`));
    const lines = [drawSide(chars, before, "group-before"), arrow, drawSide(chars, after, "group-after"), note, ...warnings];
    return make("li", "", make("label", "group-title", box, make("span", "group-lines", ...lines)));
  }

  function drawSide(chars, spans, name) {
    const line = drawSmall(chars, bareSpans(spans), words);
    line.classList.add(name);
    return line;
  }

  function countTicks() {
    part["group-count"].textContent = `${ticked().length} / ${boxes().length}`;
    part["group-apply"].disabled = !ticked().length;
  }

  function tickAll() {
    const isFull = ticked().length === boxes().length;
    boxes().forEach((box) => (box.checked = !isFull));
    countTicks();
  }

  function step(by) {
    const all = boxes();
    all[(all.indexOf(document.activeElement) + by + all.length) % all.length].focus();
  }

  function onKey(event) {
    const act = { ArrowDown: () => step(1), ArrowUp: () => step(-1), a: tickAll }[event.key];
    if (act && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      act();
    }
  }

  dialog.addEventListener("keydown", onKey);
  list.addEventListener("change", countTicks);
  part["group-all"].addEventListener("click", tickAll);
  dialog.addEventListener("close", () => {
    if (dialog.returnValue === APPLY) {
      apply(ticked().map((box) => Number(box.value)));
    }
    focusCard();
  });

  return { open };
}
