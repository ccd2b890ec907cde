"""The keys of the review page: those that everybody starts with, and a person's own.

A key is named as it is typed ("p", "[", "?"), else by its KeyboardEvent name ("Space", "ArrowLeft"), with "Alt+" and "Shift+" before it
where they matter ("Shift+p", "Alt+[", "Alt+Shift+ArrowLeft"). static/js/review/keymap.js names a pressed key in the same way.
"""

import re
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from annotator.exceptions import InvalidKeys
from annotator.models import User

# [ ] { } need AltGr on AZERTY, so each has an arrow twin; digits count without Shift there too.
DEFAULT_KEYS: dict[str, tuple[str, ...]] = {
    "accept": ("Space", "Enter"),
    "nothing": ("x",),
    "skip": ("s",),
    "flag": ("f",),
    "undo": ("u",),
    "group": ("g",),
    "link": ("k",),
    "find_artist": ("Shift+k",),
    "label_per": ("p",),
    "label_loc": ("l",),
    "label_org": ("o",),
    "label_misc": ("m",),
    "label_date": ("d",),
    "add_per": ("Shift+p",),
    "add_loc": ("Shift+l",),
    "add_org": ("Shift+o",),
    "add_misc": ("Shift+m",),
    "add_date": ("Shift+d",),
    "next_span": ("ArrowRight",),
    "previous_span": ("ArrowLeft",),
    "remove": ("Backspace", "Delete"),
    "leave": ("Escape",),
    "start_back": ("[", "Shift+ArrowUp"),
    "start_on": ("]", "Shift+ArrowDown"),
    "end_back": ("{", "Shift+ArrowLeft"),
    "end_on": ("}", "Shift+ArrowRight"),
    "start_back_character": ("Alt+[", "Alt+Shift+ArrowUp"),
    "start_on_character": ("Alt+]", "Alt+Shift+ArrowDown"),
    "end_back_character": ("Alt+{", "Alt+Shift+ArrowLeft"),
    "end_on_character": ("Alt+}", "Alt+Shift+ArrowRight"),
    "reading_1": ("1",),
    "reading_2": ("2",),
    "reading_3": ("3",),
    "search": ("/",),
    "help": ("?",),
}
# Tab takes everybody through the spans and on to the buttons; it is not to be changed.
TAB_KEYS = {"tab_next": ("Tab",), "tab_previous": ("Shift+Tab",)}
NAMED_KEYS = {
    "Space", "Enter", "Escape", "Backspace", "Delete", "Insert", "Home", "End", "PageUp", "PageDown",
    "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", *(f"F{number}" for number in range(1, 13)),
}  # fmt: skip
KEYS_MOST = 5
KEY = re.compile(r"(?P<alt>Alt\+)?(?P<shift>Shift\+)?(?P<base>\S+)")


def review_keys(user: User) -> dict[str, list[str]]:
    """Action -> keys, as the review page obeys them for this person."""
    keys = own_keys(user) | {action: list(given) for action, given in TAB_KEYS.items()}
    return keys if user.single_keys else _with_alt(keys)


def own_keys(user: User) -> dict[str, list[str]]:
    """Action -> keys, as this person chose them. A key that they chose for one action no longer does what it did for everybody."""
    own = {action: [keys] if isinstance(keys, str) else list(keys) for action, keys in user.review_keys.items()}
    chosen = {key for keys in own.values() for key in keys}
    return {
        action: own[action] if action in own else [key for key in given if key not in chosen]
        for action, given in DEFAULT_KEYS.items()
    }


def _with_alt(keys: dict[str, list[str]]) -> dict[str, list[str]]:
    """Keys that type something act together with Alt only, unless that is taken by another action."""
    taken = {key for found in keys.values() for key in found}
    return {
        action: [key if not types_something(key) else f"Alt+{key}" for key in found if _may_stand(key, taken)]
        for action, found in keys.items()
    }


def _may_stand(key: str, taken: set[str]) -> bool:
    return not types_something(key) or f"Alt+{key}" not in taken


def types_something(key: str) -> bool:
    """A letter, digit or sign without Alt: what a slip or a dictation may press."""
    return not key.startswith("Alt+") and len(key.removeprefix("Shift+")) == 1


def save_review_keys(user: User, *, keys: Mapping[str, Sequence[str]], single_keys: bool) -> None:
    """Stores a person's own keys, complete or in part; what is as everybody's is not stored, so that it follows the defaults.

    An action may have no key at all. Raises InvalidKeys naming the action (field): unknown_action, unknown_key, too_many_keys,
    key_taken. Nothing is stored then. Doing it twice changes nothing.
    """
    wanted = {action: list(dict.fromkeys(given)) for action, given in keys.items()}
    for action, given in wanted.items():
        _check_action(action, given)
    _check_conflicts({action: wanted.get(action, list(given)) for action, given in DEFAULT_KEYS.items()})
    user.review_keys = {action: given for action, given in wanted.items() if given != list(DEFAULT_KEYS[action])}
    user.single_keys = single_keys
    user.save(update_fields=["review_keys", "single_keys"])


def _check_action(action: str, keys: list[str]) -> None:
    if action not in DEFAULT_KEYS:
        raise InvalidKeys(_("%(action)s is not an action.") % {"action": action}, code="unknown_action", field=action)
    if len(keys) > KEYS_MOST:
        message = _("At most %(most)d keys.") % {"most": KEYS_MOST}
        raise InvalidKeys(message, code="too_many_keys", field=action)
    for key in keys:
        if not is_key(key):
            message = _("“%(key)s” is not a key that can be used here.") % {"key": key}
            raise InvalidKeys(message, code="unknown_key", field=action)


def is_key(key: str) -> bool:
    """Whether this is how keymap.js would name a key: letters are small, and only what types no sign of its own has "Shift+"."""
    parts = KEY.fullmatch(key)
    if parts is None:
        return False
    base = parts["base"]
    if len(base) > 1:
        return base in NAMED_KEYS
    return base.isprintable() and base == base.lower() and (not parts["shift"] or base.isalpha())


def _check_conflicts(keys: Mapping[str, Sequence[str]]) -> None:
    holder: dict[str, str] = {}
    for action, given in keys.items():
        for key in given:
            if holder.setdefault(key, action) != action:
                message = _("“%(key)s” is taken by another action.") % {"key": key}
                raise InvalidKeys(message, code="key_taken", field=action)
