/** The dialog that finds an artist for a performer: type, go through the list with the arrows, Enter. The last entry makes a new one. */

import { make } from "./line.js";

/** ask(text) -> { artists };  choose({ artist, note, name }): once the person says so */
export function createLinkDialog(part, { words, ask, choose, focusCard }) {
  const { "link-dialog": dialog, "link-text": input, "link-list": list, "link-note": note, "link-form": form } = part;
  let [name, options, at, asked, hasPointed] = ["", [], 0, 0, false];

  function open({ name: written, candidates }) {
    name = written;
    part["link-heading"].textContent = words.say("link_heading", { name });
    [input.value, note.value, hasPointed] = [name, "", false];
    show(candidates);
    dialog.showModal();
    input.select();
    seek();
  }

  /** What the person pointed at stays pointed at, wherever a later answer puts it. */
  function show(artists) {
    const kept = hasPointed ? options[at] : artists[0];
    options = [...artists, null];
    list.replaceChildren(...options.map(drawOption));
    point(Math.max(0, options.findIndex((option) => option?.id === kept?.id)));
  }

  function drawOption(artist, index) {
    const option = make("li", "link-option", artist ? make("b", "", artist.name) : words.say("link_make", { name }));
    option.append(make("span", "link-about", artist ? aboutOf(artist) : ""));
    option.id = `link-option-${index}`;
    option.setAttribute("role", "option");
    option.dataset.index = index;
    return option;
  }

  function aboutOf({ note: told, kind, spelling, name: of, state }) {
    const alias = spelling === of ? "" : `“${spelling}”`;
    return [told, kind, alias, state === "proposed" ? words.say("link_proposed") : ""].filter(Boolean).join(" · ");
  }

  function point(index) {
    at = (index + options.length) % options.length;
    [...list.children].forEach((option, place) => option.setAttribute("aria-selected", String(place === at)));
    input.setAttribute("aria-activedescendant", `link-option-${at}`);
    list.children[at].scrollIntoView({ block: "nearest" });
    note.setCustomValidity("");
  }

  /** Of many requests only the answer to the last one is shown. Without an answer the list stays as it is. */
  async function seek() {
    const mine = ++asked;
    const found = input.value.trim() && (await ask(input.value).catch(() => null));
    if (found && mine === asked && dialog.open) {
      show(found.artists);
    }
  }

  /** A second artist of a name that is known needs words that tell it from the first. */
  function needsNote() {
    return options.some((artist) => artist?.how === "key") && !note.value.trim();
  }

  function submit(event) {
    event.preventDefault();
    const artist = options[at];
    if (!artist && needsNote()) {
      note.setCustomValidity(words.say("link_note_needed"));
      note.focus();
      note.reportValidity();
      return;
    }
    choose(artist ? { artist: artist.id, note: artist.note, name: artist.name } : { artist: null, note: note.value.trim(), name });
    dialog.close();
  }

  function onKey(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && !event.isComposing) {
      event.preventDefault();
      hasPointed = true;
      point(at + step);
    }
  }

  /** Whoever writes a note wants a new artist. */
  function onNote() {
    note.setCustomValidity("");
    if (note.value.trim()) {
      hasPointed = true;
      point(options.length - 1);
    }
  }

  function onText() {
    hasPointed = false;
    seek();
  }

  input.addEventListener("input", onText);
  note.addEventListener("input", onNote);
  form.addEventListener("keydown", onKey);
  form.addEventListener("submit", submit);
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[data-index]");
    if (option) {
      point(Number(option.dataset.index));
      form.requestSubmit();
    }
  });
  part["link-close"].addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", focusCard);

  return { open };
}
