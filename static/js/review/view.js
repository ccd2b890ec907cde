/** Draws the session: status, title, readings, the two titles ahead, and which controls make sense. The DOM is written here and in line.js only. */

import { textOf } from "./card.js";
import { drawDoubts, sayDoubts } from "./doubts.js";
import { drawLine, drawSmall, make } from "./line.js";
import { drawLink, sayLink, signOf } from "./link_row.js";
import { isForeseenOnly } from "./links.js";
import { bareSpans, sameSpans, scoreOf } from "./spans.js";
import { canStepBack } from "./session.js";

export function createView(root, { words, certain, guidelines }) {
  const part = Object.fromEntries([...root.querySelectorAll("[data-part]")].map((element) => [element.dataset.part, element]));
  let drawn;

  /** "Massive Attack, performer, 58 %" */
  function describe(card, index) {
    const span = card.spans[index];
    const score = scoreOf(span, card.readings);
    const sureness = score === null ? words.say("by_hand") : words.share(score);
    const link = sayLink(card, span, words);
    return `${textOf(card, span)}, ${words.label(span.label)}, ${sureness}${link && `, ${link}`}`;
  }

  function draw(session) {
    const { card } = session;
    const isNew = card?.titleId !== drawn?.titleId;
    part.left.textContent = words.say("left", { count: session.left });
    part.done.textContent = words.say("done", { count: session.done });
    part.card.hidden = !card;
    part.blind.hidden = !card?.isBlind;
    part.empty.hidden = Boolean(card);
    const empty = session.empty || words.say("looking");
    part["empty-words"].textContent = empty;
    if (card) {
      drawLine(part.line, card, { words, certain, describe: (index) => describe(card, index), sign: (span) => signOf(card, span) });
      drawReadings(card, isNew);
    }
    drawLink(part, card, words);
    drawDoubts(part, card, { words, guidelines });
    drawAhead(session.queue);
    drawTools(session);
    part.prompt.textContent = card?.pick ? promptOf(card) : "";
    part["prompt-cancel"].hidden = !card?.pick;
    if (card !== drawn && isForeseenOnly(card, drawn)) {
      speakOn(sayLink(card, card.spans[card.focus], words));
    } else if (card !== drawn) {
      part.speech.textContent = card ? (isNew ? `${card.text}. ` : "") + doubtsOf(card) + speechOf(card) : empty;
    }
    drawn = card;
  }

  /** What comes later is read after what was said, which is not said again. */
  function speakOn(text) {
    if (text && !part.speech.textContent.endsWith(text)) {
      part.speech.append(`, ${text}`);
    }
  }

  /** Made anew for a new card only: a button that is in focus stays where it is. */
  function drawReadings(card, isNew) {
    if (isNew) {
      part.readings.hidden = card.readings.length < 2;
      part.readings.replaceChildren(...card.readings.map((reading, index) => drawReading(card, reading, index)));
    }
    part.readings.querySelectorAll("button").forEach((button, index) => {
      const isDrawn = sameSpans(bareSpans(card.readings[index].spans), card.spans);
      button.setAttribute("aria-pressed", String(isDrawn));
    });
  }

  function drawReading(card, reading, index) {
    const button = make("button", "reading-choice", make("kbd", "", index + 1), drawSmall(card.chars, bareSpans(reading.spans), words));
    button.append(make("span", "reading-share", reading.confidence === null ? words.say("by_hand") : words.share(reading.confidence)));
    button.type = "button";
    button.dataset.action = `reading_${index + 1}`;
    return make("li", "", button);
  }

  function drawAhead(queue) {
    const lines = queue.slice(0, 2).map((next) => {
      const line = make("p", "ahead-line", next.text);
      line.dir = "auto";
      return line;
    });
    part.ahead.replaceChildren(...lines);
  }

  function drawTools({ card, ...session }) {
    const focused = card?.spans[card.focus];
    const chosen = card?.pick?.label ?? focused?.label;
    for (const button of part.tools.querySelectorAll("[data-action]")) {
      const { needs, label } = button.dataset;
      const isReady = { span: focused, card, past: canStepBack({ card, ...session }) }[needs] ?? needs === undefined;
      button.disabled = !isReady;
      if (label) {
        button.setAttribute("aria-pressed", String(label === chosen));
      }
    }
  }

  /** What to do next while a span is being added. */
  function promptOf({ pick }) {
    const step = pick.start === null ? "pick_start" : pick.label ? "pick_end" : "pick_label";
    return words.say(step, { label: pick.label ? words.label(pick.label) : "" });
  }

  function doubtsOf(card) {
    const isTold = !card.doubts.length || card.doubts === drawn?.doubts;
    return isTold ? "" : `${sayDoubts(card, words).join(" ")} ${words.say("doubts_kept")} `;
  }

  function speechOf(card) {
    if (card.pick) {
      return promptOf(card);
    }
    if (card.focus < 0) {
      return words.say("span_count", { count: card.spans.length });
    }
    const place = words.say("span_place", { number: card.focus + 1, count: card.spans.length });
    return `${place}: ${describe(card, card.focus)}`;
  }

  return { draw, part, reason: () => part["doubt-reason"].value.trim() };
}
