/** Offsets. The desk counts in code points, as the server does; the DOM counts in UTF-16 units. Only this module knows both. */

const SEPARATORS = /^[\p{P}\p{S}]+$/u;
const PARTS_OF_NAMES = /[!?.$*#@%…\p{Extended_Pictographic}]/u;

/** The characters of a text, one for each code point. */
export function codePoints(text) {
  return Array.from(text);
}

/** An offset in UTF-16 units as code points; inside a surrogate pair it is the start of the pair. */
export function fromUtf16(text, offset) {
  let points = 0;
  let units = 0;
  for (const char of text) {
    units += char.length;
    if (units > offset) {
      break;
    }
    points += 1;
  }
  return points;
}

/** Ascending offsets between which a reader sees whole characters: never inside an emoji sequence or before a combining mark. */
export function characterStops(text) {
  const stops = [0];
  for (const { segment } of new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(text)) {
    stops.push(stops.at(-1) + codePoints(segment).length);
  }
  return stops;
}

/** Whether a token only separates names: "&", "|", "," and the like, but not "!" or an emoji, which belong to some. */
export function isSeparator(word) {
  return SEPARATORS.test(word) && !PARTS_OF_NAMES.test(word);
}

/** [start, end) without blanks and separators at its ends; [start, start) if nothing is left. */
export function trimRange(chars, start, end) {
  const isIdle = (char) => /\s/u.test(char) || isSeparator(char);
  while (start < end && isIdle(chars[start])) {
    start += 1;
  }
  while (end > start && isIdle(chars[end - 1])) {
    end -= 1;
  }
  return [start, end];
}
