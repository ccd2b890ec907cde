"""The actions of the review page in words, for the page of keys."""

from django.utils.translation import gettext as _

from annotator.enums import Label


def action_groups() -> list[tuple[str, dict[str, str]]]:
    """Headings, and the actions below each: action -> what it does."""
    return [
        (_("Decisions"), _decisions()),
        (_("Labels"), _labels()),
        (_("Spans"), _spans()),
        (_("Edges of the span"), _edges()),
        (_("Readings and pages"), _pages()),
    ]


def _decisions() -> dict[str, str]:
    return {
        "accept": _("Accept what is drawn"),
        "nothing": _("Nothing here"),
        "skip": _("Skip"),
        "flag": _("Flag"),
        "undo": _("Undo"),
        "group": _("The same correction in other waiting titles"),
    }


def _labels() -> dict[str, str]:
    give = {f"label_{label.lower()}": _("Label as %(label)s") % {"label": label.label} for label in Label}
    add = {f"add_{label.lower()}": _("Add as %(label)s") % {"label": label.label} for label in Label}
    return give | add


def _spans() -> dict[str, str]:
    return {
        "next_span": _("Next span"),
        "previous_span": _("Previous span"),
        "remove": _("Remove the focused span"),
        "leave": _("Leave the span, or stop adding one"),
        "link": _("Next artist it may be"),
        "find_artist": _("Find the artist, or add one"),
    }


def _edges() -> dict[str, str]:
    return {
        "start_back": _("Start one word earlier"),
        "start_on": _("Start one word later"),
        "end_back": _("End one word earlier"),
        "end_on": _("End one word later"),
        "start_back_character": _("Start one character earlier"),
        "start_on_character": _("Start one character later"),
        "end_back_character": _("End one character earlier"),
        "end_on_character": _("End one character later"),
    }


def _pages() -> dict[str, str]:
    readings = {f"reading_{rank}": _("Take reading %(rank)d") % {"rank": rank} for rank in (1, 2, 3)}
    return readings | {"search": _("Search titles"), "help": _("Keys and guidelines")}
