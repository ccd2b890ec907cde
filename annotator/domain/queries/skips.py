"""Titles that reviewers keep passing on, for a lead."""

from django.db.models import Count, F, Prefetch, QuerySet

from annotator.domain.team import active_reviewers
from annotator.enums import Action, QueueState
from annotator.models import Title, Verdict

SKIPS = 2


def skipped_titles() -> QuerySet[Title]:
    """Titles that wait and that SKIPS people have skipped since they entered the queue, or everybody there is, if that is one person.

    In the order they arrived, each with those skips in `skips`, newest first. A title comes off the list when it is settled, sent
    back, or its skips are undone.
    """
    everybody = active_reviewers().count()
    often = _standing_skips().values("title").annotate(people=Count("reviewer", distinct=True))
    titles = Title.objects.filter(pk__in=often.filter(people__gte=min(SKIPS, max(everybody, 1))).values("title"))
    skips = _standing_skips().select_related("reviewer").order_by("-created_at")
    related = ("annotation__prediction", "queue_item__prediction", "queue_item__assigned_to")
    return titles.select_related(*related).prefetch_related(Prefetch("verdicts", skips, "skips")).order_by("pk")


def _standing_skips() -> QuerySet[Verdict]:
    skips = Verdict.objects.filter(action=Action.SKIP, late=False, undone_by__isnull=True)
    return skips.filter(title__queue_item__state=QueueState.WAITING, created_at__gte=F("title__queue_item__entered_at"))
