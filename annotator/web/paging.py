"""Pages of long lists that stay quick on the last page: by the place of a row, not by counting from the start."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet

PAGE_ROWS = 50
COUNT_LIMIT = 1000


@dataclass(frozen=True)
class Page:
    """`previous` and `next` are query strings, or empty where the list ends. `more` tells that `count` is only a lower bound."""

    rows: Sequence[Model]
    previous: str
    next: str
    count: int
    more: bool


def keyset_page(rows: QuerySet, order: Sequence[str], params: Mapping[str, str], *, size: int = PAGE_ROWS) -> Page:
    """The rows after (`?after=<pk>`) or before (`?before=<pk>`) a row, in `order`, whose fields all run in the same direction and
    end with the key. A place that is gone, or makes no sense, is the first page."""
    backwards = "before" in params
    anchor = _find_anchor(rows.model, params.get("before" if backwards else "after", ""))
    wanted = rows.order_by(*(_turned(order) if backwards else order))
    if anchor is None:
        backwards, wanted = False, rows.order_by(*order)
    else:
        wanted = wanted.filter(_beyond(anchor, order, backwards=backwards))
    found = list(wanted[: size + 1])
    shown = found[:size][::-1] if backwards else found[:size]
    ends = {"before": anchor is not None if not backwards else len(found) > size}
    ends["after"] = len(found) > size if not backwards else True
    count = rows.order_by()[: COUNT_LIMIT + 1].count()
    return Page(
        rows=shown,
        previous=f"before={shown[0].pk}" if shown and ends["before"] else "",
        next=f"after={shown[-1].pk}" if shown and ends["after"] else "",
        count=min(count, COUNT_LIMIT),
        more=count > COUNT_LIMIT,
    )


def _find_anchor(model: type[Model], key: str) -> Model | None:
    if not key:
        return None
    try:
        return model.objects.filter(pk=key).first()
    except (ValueError, ValidationError):
        return None


def _turned(order: Sequence[str]) -> list[str]:
    return [field[1:] if field.startswith("-") else f"-{field}" for field in order]


def _beyond(anchor: Model, order: Sequence[str], *, backwards: bool) -> Q:
    """Rows after the anchor: the first field is beyond, or equal and the next one is beyond, and so on."""
    downwards = order[0].startswith("-") != backwards
    beyond, equal = Q(), Q()
    for field in (name.removeprefix("-") for name in order):
        value = getattr(anchor, field)
        beyond |= equal & Q(**{f"{field}__{'lt' if downwards else 'gt'}": value})
        equal &= Q(**{field: value})
    return beyond
