/** Checks a reading against the annotation guidelines. ner_core/guidelines/lint.py does the same on the server's side and says why each check is as it
 * is; both read ner_core/guidelines/rules.json and are held to tests/data/lint_cases.json. A finding is a doubt, not an error. Pure. */

const NAMES = ["PER", "LOC", "ORG", "MISC"];
const SHORTEST_WORD = 5;

const CHECKS = {
  two_acts: [["PER"], isTwoActs],
  edge_sign: [[...NAMES, "DATE"], hasEdgeSign],
  possessive: [["PER"], (place, rules) => rules.possessives.some((ending) => place.words.at(-1).endsWith(ending))],
  article: [NAMES, startsWithArticle],
  generic_word: [NAMES, (place, rules) => rules.generic.includes(fold(place.surface))],
  generic_tail: [["PER"], (place, rules) => rules.generic_tails.some((tail) => fold(place.surface).endsWith(` ${tail}`))],
  date_in_name: [["MISC"], hasOuterYear],
  weekday_in_name: [["MISC"], hasOuterWeekday],
  date_divided: [["DATE"], (place, rules) => place.before?.label === "DATE" && trim(place.left, rules) === ""],
  weekday_outside: [["DATE"], hasWeekdayOutside],
  date_preposition: [["DATE"], hasOuterPreposition],
};

/** [{ start, end, code, rule }] in the order of the text. `chars` is the title, one entry for each code point; `spans` are sorted. */
export function lintReading(rules, chars, spans) {
  return spans.flatMap((span, index) => {
    const place = placeOf(chars, spans, index);
    const broken = Object.entries(CHECKS).filter(([, [labels, breaks]]) => labels.includes(span.label) && breaks(place, rules));
    return broken.map(([code]) => ({ start: span.start, end: span.end, code, rule: rules.rules[code] }));
  });
}

/** One span and what stands around it: `left` and `right` reach to the next spans. */
function placeOf(chars, spans, index) {
  const [before, span, after] = [spans[index - 1], spans[index], spans[index + 1]];
  const cut = (start, end) => chars.slice(start, end).join("");
  const surface = cut(span.start, span.end);
  const [left, right] = [cut(before?.end ?? 0, span.start), cut(span.end, after?.start)];
  return { span, before, after, surface, left, right, words: fold(surface).split(" ") };
}

function fold(text) {
  return text.toLowerCase().replaceAll("’", "'");
}

function isTwoActs({ surface, words }, rules) {
  const folded = fold(surface);
  const spelled = [folded, folded.replaceAll(" and ", " & "), folded.replaceAll(" & ", " and ")];
  if (spelled.some((name) => rules.joined_names.some((known) => name.startsWith(known)))) {
    return false;
  }
  const isJoiner = (word, at) => at > 0 && at < words.length - 1 && rules.joiners.includes(word);
  return (
    rules.divided_by.some((sign) => folded.includes(sign)) ||
    words.some((word, at) => isJoiner(word, at) && !rules.backed_by.includes(words[at + 1]))
  );
}

function hasEdgeSign(place, rules) {
  const { surface } = place;
  return rules.wraps.includes(surface[0] + surface.at(-1)) || startsLoose(surface, rules) || endsLoose(surface, rules) || endsInFullStop(place);
}

function startsLoose(surface, rules) {
  const closers = rules.pairs.filter((pair) => pair[0] === surface[0]).map((pair) => pair[1]);
  if (closers.length) {
    return !closers.some((closer) => surface.slice(1, -1).includes(closer));
  }
  return rules.signs_before.includes(surface[0]) && !/^.[0-9]/.test(surface);
}

function endsLoose(surface, rules) {
  const last = surface.at(-1);
  const openers = rules.pairs.filter((pair) => pair[1] === last).map((pair) => pair[0]);
  if (openers.length) {
    return surface.at(-2) !== last && !openers.some((opener) => surface.slice(1, -1).includes(opener));
  }
  return rules.signs_after.includes(last);
}

function endsInFullStop({ surface, span }) {
  const word = surface.split(" ").at(-1);
  const stem = word.slice(0, -1);
  const [, ...rest] = stem;
  const isWrittenOut = rest.length >= SHORTEST_WORD - 1 && stem !== stem.toUpperCase() && rest.join("") === rest.join("").toLowerCase();
  return span.label !== "DATE" && word.endsWith(".") && isWrittenOut && !stem.includes(".");
}

function startsWithArticle({ surface }, rules) {
  const [first, next = ""] = surface.split(" ");
  const initial = next.slice(0, 1);
  return rules.articles.includes(first) && initial !== initial.toLowerCase();
}

function hasOuterYear({ words }, rules) {
  const isYear = (word) => /^[0-9]{4}$/.test(word) && rules.centuries.includes(word.slice(0, 2));
  return words.length > 1 && (isYear(words[0]) || isYear(words.at(-1)));
}

function hasOuterWeekday({ before, after, left, right, words }, rules) {
  const touches = (other, gap) => other?.label === "DATE" && trim(gap, rules) === "";
  return (touches(before, left) && isWeekday(words[0], rules)) || (touches(after, right) && isWeekday(words.at(-1), rules));
}

function hasWeekdayOutside({ left, right }, rules) {
  const neighbours = [trim(left, rules).split(" ").at(-1), trim(right, rules).split(" ")[0]];
  return neighbours.some((word) => isWeekday(word, rules));
}

function hasOuterPreposition({ words }, rules) {
  return words.length > 1 && [words[0], words.at(-1)].some((word) => rules.date_prepositions.includes(word));
}

function isWeekday(word, rules) {
  return rules.weekdays.includes(trim(fold(word), rules));
}

/** Without the signs at its ends that may stand between the parts of a date. */
function trim(text, { gap_signs: signs }) {
  const chars = [...text];
  const from = chars.findIndex((char) => !signs.includes(char));
  const to = chars.findLastIndex((char) => !signs.includes(char));
  return from < 0 ? "" : chars.slice(from, to + 1).join("");
}
