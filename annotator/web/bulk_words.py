"""A bulk action in words."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotator.enums import BulkKind
from annotator.models import BulkAction


def outcome_words(action: BulkAction) -> str:
    """What was done, and how many titles were left out and why."""
    done = _done(action)
    if not action.skipped_total:
        return done
    left_out = ngettext("%(count)d title left out", "%(count)d titles left out", action.skipped_total)
    reasons = ", ".join(f"{_reasons()[name]} ({count})" for name, count in sorted(action.skipped.items()))
    return f"{done} {left_out % {'count': action.skipped_total}}: {reasons}."


def _done(action: BulkAction) -> str:
    words = {"count": action.count, "name": action.assignee.username if action.assignee else ""}
    if action.kind == BulkKind.ACCEPT:
        return ngettext("%(count)d title accepted.", "%(count)d titles accepted.", action.count) % words
    if action.kind == BulkKind.RETURN and not action.assignee:
        return ngettext("%(count)d title sent back.", "%(count)d titles sent back.", action.count) % words
    if not action.assignee:
        return (
            ngettext("%(count)d title is for everybody.", "%(count)d titles are for everybody.", action.count) % words
        )
    message = ngettext("%(count)d title assigned to %(name)s.", "%(count)d titles assigned to %(name)s.", action.count)
    return message % words


def _reasons() -> dict[str, str]:
    return {
        "not_waiting": _("not waiting for review"),
        "leased": _("in somebody's hands"),
        "judged": _("read by somebody already"),
        "corrected": _("waiting with a corrected reading"),
        "blind": _("to be read without the model"),
    }
