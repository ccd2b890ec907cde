"""What every page shows: the links of its bar, and whether the machine is at work."""

from typing import NamedTuple

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from annotator.web.health import any_words, health_words, known_health

EVERYBODY = (("review", _("Review")), ("queue", _("Queue")), ("titles", _("Titles")), ("artists", _("Artists")))
LEADS = (
    ("adjudicate", _("Adjudicate")),
    ("batches", _("Batches")),
    ("exports", _("Exports")),
    ("models", _("Models")),
    ("quality", _("Quality")),
)
LAST = (("guidelines", _("Guidelines")),)


class NavLink(NamedTuple):
    url: str
    label: str | Promise
    current: bool


def desk(request: HttpRequest) -> dict[str, object]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    health = known_health()
    return {
        "nav": nav_links(request.path, is_lead=user.is_lead),
        "health": health_words(health) if health else None,
        "any_health": any_words(),
    }


def nav_links(path: str, *, is_lead: bool) -> list[NavLink]:
    """A link is current on its page and on the pages below it."""
    pages = (*EVERYBODY, *(LEADS if is_lead else ()), *LAST)
    links = [(reverse(name), label) for name, label in pages]
    return [NavLink(url, label, path.startswith(url)) for url, label in links]
