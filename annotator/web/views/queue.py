"""The overview of the queue, and the health line that every page shows."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from annotator.domain.alert_words import alert_words
from annotator.domain.alerts import open_alerts
from annotator.domain.band_limits import Limits, current_limits
from annotator.domain.queries.dashboard import reviewers_today
from annotator.domain.queries.queue import QueueCounts, queue_counts
from annotator.domain.queries.reviewers import reviewers_now
from annotator.enums import AnnotationSource, Band
from annotator.web.access import reviewer_required
from annotator.web.health import ask_health, current_health, health_words
from annotator.web.http import DeskRequest, render_part


@require_GET
@reviewer_required
def queue(request: DeskRequest) -> HttpResponse:
    counts = queue_counts()
    state = ask_health()
    context = {
        "counts": counts,
        "bands": band_parts(counts),
        "sources": [
            {"value": name, "label": AnnotationSource(name).label, "count": n} for name, n in counts.settled.items()
        ],
        "oldest_at": timezone.now() - counts.oldest_wait if counts.oldest_wait else None,
        "people": people(),
        "work": state,
        "work_words": health_words(state),
        "alerts": [alert_words(alert) for alert in open_alerts()] if request.user.is_lead else [],
    }
    return render_part(request, "queue/page.html", "queue/_overview.html", context)


@require_GET
@reviewer_required
def health(request: DeskRequest) -> HttpResponse:
    return render(request, "partials/health.html", {"health": health_words(current_health())})


def people() -> list[dict[str, object]]:
    """Who reviewed today or holds cards now; those at work first."""
    cards = {reviewer.username: reviewer.cards for reviewer in reviewers_now()}
    verdicts = {reviewer.username: reviewer.verdicts for reviewer in reviewers_today()}
    rows = [
        {"username": name, "cards": cards.get(name, 0), "verdicts": verdicts.get(name, 0)} for name in cards | verdicts
    ]
    return sorted(rows, key=lambda row: (not row["cards"], -row["verdicts"], row["username"]))


def band_parts(counts: QueueCounts) -> list[dict[str, object]]:
    """Least certain first, with the place of each in a bar of 100 units."""
    limits, total = _limit_words(current_limits()), max(counts.waiting_total, 1)
    parts, at = [], 0.0
    for band in reversed(Band):
        width = 100 * counts.waiting[band] / total
        parts.append(
            {
                "band": band,
                "count": counts.waiting[band],
                "x": f"{at:.2f}",
                "width": f"{width:.2f}",
                "limits": limits[band],
            }
        )
        at += width
    return parts


def _limit_words(limits: Limits) -> dict[str, str]:
    middle, high = (f"{100 * limit:.4g}" for limit in (limits.middle, limits.high))
    return {Band.LOW: f"< {middle} %", Band.MIDDLE: f"{middle}–{high} %", Band.HIGH: f"≥ {high} %"}
