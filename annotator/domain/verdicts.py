"""What recording and undoing verdicts have in common."""

from collections.abc import Callable
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from annotator.domain.annotations import lock_titles
from annotator.enums import Action, TitleState
from annotator.exceptions import InvalidVerdict, TitleMissing, VerdictConflict
from annotator.models import Title, Verdict

COMMENT_MAX_CHARS = 2000


def store_once(verdict_id: UUID, store: Callable[[], Verdict]) -> Verdict:
    """Runs `store` in a transaction; an id that was used for another title at this very moment is a conflict too."""
    try:
        with transaction.atomic():
            return store()
    except IntegrityError as error:
        if Verdict.objects.filter(pk=verdict_id).exists():
            raise conflict() from error
        raise


def conflict() -> VerdictConflict:
    return VerdictConflict(_("This id belongs to another verdict."), field="verdict_id")


def lock_title(title_id: int) -> Title:
    title = lock_titles([title_id]).get(title_id)
    if title is None:
        raise TitleMissing(_("There is no such title."), field="title")
    return title


def standing_flag(title: Title) -> Verdict | None:
    """The flag that keeps the title from the queue, if it is flagged."""
    if title.state != TitleState.FLAGGED:
        return None
    flags = Verdict.objects.filter(title=title, action=Action.FLAG, late=False, undone_by__isnull=True)
    return flags.select_related("prediction").order_by("-created_at").first()


def set_state(title: Title, state: str) -> None:
    title.state = state
    title.save(update_fields=["state"])


def clean_comment(comment: str) -> str:
    """Without blank edges and the NUL that PostgreSQL refuses."""
    comment = comment.replace("\x00", "").strip()
    if len(comment) > COMMENT_MAX_CHARS:
        message = _("A comment may have at most %(limit)d characters.") % {"limit": COMMENT_MAX_CHARS}
        raise InvalidVerdict(message, code="comment_too_long", field="comment")
    return comment
