"""Checks on single values that arrive from outside."""

import unicodedata

from django.conf import settings
from django.utils.translation import gettext as _

from annotator.exceptions import InvalidTitle
from ner_core.text import normalise_title

INVISIBLE = frozenset({"Cf", "Zs"})  # joiners, direction marks, the byte order mark: alone they are nothing to read
ALLOWED_CONTROLS = frozenset("\t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85")


def clean_title(raw: object) -> str:
    """The normalised form of an arriving title; raises InvalidTitle with one of the codes
    not_a_string, too_long, control_characters, invalid_unicode, empty."""
    if not isinstance(raw, str):
        raise InvalidTitle(_("A title must be a string."), code="not_a_string")
    if len(raw) > settings.TITLE_MAX_CHARS:
        message = _("A title may have at most %(limit)d characters; this one has %(count)d.")
        raise InvalidTitle(message % {"limit": settings.TITLE_MAX_CHARS, "count": len(raw)}, code="too_long")
    _refuse_unprintable(raw)
    text = normalise_title(raw)
    if all(unicodedata.category(char) in INVISIBLE for char in text):
        raise InvalidTitle(_("A title may not be empty."), code="empty")
    return text


def _refuse_unprintable(raw: str) -> None:
    if raw.isprintable():  # nearly all are: no half pairs, no controls
        return
    for position, char in enumerate(raw):
        category = unicodedata.category(char)
        if category == "Cs":
            message = _("Character %(position)d is half of a surrogate pair.")
            raise InvalidTitle(message % {"position": position}, code="invalid_unicode")
        if category == "Cc" and char not in ALLOWED_CONTROLS:
            message = _("Character %(position)d is the control character U+%(point)04X.")
            raise InvalidTitle(message % {"position": position, "point": ord(char)}, code="control_characters")
