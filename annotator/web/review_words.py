"""The words that the review page's JavaScript writes, in the language of the request. {names} are filled in by the browser."""

from django.utils.translation import gettext as _

from annotator.enums import Label
from annotator.templatetags.doubts import doubt_words


def review_words() -> dict[str, object]:
    """Each a string, or the plural forms {"one", "other"} that the browser chooses by `count`."""
    return {
        "labels": label_words(),
        "left": _("{count} waiting"),
        "done": _("{count} done"),
        "saved": _("Saved"),
        "saving": _("Saving {count}"),
        "unsaved": _("{count} not saved yet"),
        "span_count": _counted(_("{count} span"), _("{count} spans")),
        "span_place": _("span {number} of {count}"),
        "by_hand": _("set by hand"),
        "pick_start": _("{label}: type the letter of the first word, or tap it."),
        "pick_end": _("{label}: now the last word. Enter for the first word alone."),
        "pick_label": _("Choose a label for the marked words."),
        "doubts": doubt_words(),
        "doubts_kept": _("Accept again to keep it as it is."),
        "rule": _("Rule {rule}"),
        "looking": _("Looking for more titles."),
        "late": _("Somebody settled that title first. Your reading is kept as a second opinion."),
        "unkept": _("This browser keeps nothing: do not close the tab before everything is saved."),
        "refused": _("“{title}” was not saved: {reason}"),
        "dismiss": _("Dismiss"),
        **group_words(),
        **link_words(),
        "keys": key_words(),
        "help": help_rows(),
    }


def group_words() -> dict[str, object]:
    """The group card: what it offers, lists and did."""
    return {
        "group_offer": _counted(
            _("The same correction fits {count} more waiting title"),
            _("The same correction fits {count} more waiting titles"),
        ),
        "group_none": _("No other waiting title has what you corrected last."),
        "group_more": _("These are the first {count}; more are offered afterwards."),
        "group_busy": _counted(
            _("{count} more is left out: somebody has it in hand, or it needs a second opinion."),
            _("{count} more are left out: somebody has them in hand, or they need a second opinion."),
        ),
        "group_settles": _("settled by this"),
        "group_waits": _("waits on with this reading"),
        "group_becomes": _("becomes"),
        "group_done": _(
            "Carried over: {settled} settled, {proposed} wait on with the new reading, {skipped} left out."
        ),
    }


def link_words() -> dict[str, object]:
    """Which artist a performer is: the row under the title, and the dialog that finds another."""
    return {
        "link_known": _("is {name}"),
        "link_chosen": _("is {name}, as you chose"),
        "link_doubtful": _("is {name}, or {others}?"),
        "link_none": _("is new: an artist is added"),
        "link_new": _("a new artist"),
        "link_heading": _("Which artist is “{name}”?"),
        "link_make": _("New artist: {name}"),
        "link_proposed": _("not confirmed yet"),
        "link_note_needed": _("There is an artist of that name. Say what tells the new one from it."),
    }


def label_words() -> dict[str, dict[str, str]]:
    """Label -> {"name", "letter"}; the letter is also its key on the review page."""
    return {label.value: {"name": str(label.label), "letter": label.value[0]} for label in Label}


def key_words() -> dict[str, str]:
    """How keys are written, where their name is not what stands on them."""
    return {
        "Space": _("Space"),
        "Enter": _("Enter"),
        "Escape": _("Esc"),
        "Backspace": _("Backspace"),
        "Delete": _("Del"),
        "Tab": _("Tab"),
        "Shift": _("Shift"),
        "Alt": _("Alt"),
        "ArrowLeft": "←",
        "ArrowRight": "→",
        "ArrowUp": "↑",
        "ArrowDown": "↓",
    }


def help_rows() -> list[dict[str, object]]:
    """The rows of the key list: which actions of the key map, and what they do."""
    labels = [label.lower() for label in Label]
    rows = [
        (["accept"], _("Accept what is drawn")),
        ([f"label_{label}" for label in labels], _("Label the focused span; the same letter again removes it")),
        ([f"label_{label}" for label in labels], _("With nothing focused: add a span by the letters under the words")),
        ([f"add_{label}" for label in labels], _("Add a span, whatever is focused")),
        (["tab_next", "tab_previous", "next_span", "previous_span"], _("Next, previous span")),
        (["start_back", "start_on"], _("Move the start of the span by a word")),
        (["end_back", "end_on"], _("Move the end of the span by a word")),
        (["start_back_character", "start_on_character"], _("Move the start by a character")),
        (["end_back_character", "end_on_character"], _("Move the end by a character")),
        (["remove"], _("Remove the focused span")),
        (["leave"], _("Leave the span, or stop adding one")),
        (["reading_1", "reading_2", "reading_3"], _("Take that reading")),
        (["nothing"], _("Nothing here: the title holds no name and no date")),
        (["skip"], _("Skip: somebody else decides")),
        (["flag"], _("Flag for a lead, with a comment if you like")),
        (["undo"], _("Undo, as far back as this session goes")),
        (["group"], _("The same correction in other waiting titles")),
        (["link"], _("Link the focused performer to the next artist it may be")),
        (["find_artist"], _("Find the artist of the focused performer, or add one")),
        (["search"], _("Search titles")),
        (["help"], _("Keys and guidelines")),
    ]
    return [{"actions": actions, "text": text} for actions, text in rows]


def _counted(one: str, other: str) -> dict[str, str]:
    return {"one": one, "other": other}
