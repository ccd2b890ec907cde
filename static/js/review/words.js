/** The page's words in its language: strings come from the server with {names} in them. */

/** Marks that turn the direction of writing would go on behind a name, and write the rest of our sentence backwards. */
const plain = (value) => String(value).replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "");

export function createWords(strings, language) {
  const plural = new Intl.PluralRules(language);

  /** A string, or its plural form { one, other } for values.count, with its {names} filled in. */
  function say(name, values = {}) {
    const found = strings[name];
    const text = typeof found === "string" ? found : found[plural.select(values.count)] ?? found.other;
    return text.replace(/\{(\w+)\}/g, (_, key) => plain(values[key]));
  }

  /** Whole per cents; nothing that is not certain reads 100 %. */
  function share(score) {
    return `${score < 1 ? Math.min(Math.round(score * 100), 99) : 100} %`;
  }

  const doubt = (code, span) => strings.doubts[code].replace("{span}", () => plain(span));

  return { say, share, doubt, label: (label) => strings.labels[label].name, letter: (label) => strings.labels[label].letter };
}
