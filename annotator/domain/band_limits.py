"""The limits between the bands: set by leads, by the settings until one does."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from annotator.domain.audit import record
from annotator.enums import AuditAction, Band, Label
from annotator.exceptions import InvalidLimits, NotAllowed
from annotator.models import BandLimits, Prepared, User

NOTE_MAX_CHARS = 200
_newest = Prepared(lambda _keys: BandLimits.objects.values_list("high", "middle", "high_per_label", "number")[:1])


@dataclass(frozen=True)
class Limits:
    """From `high` on a reading is settled without a person, below `middle` two people read it.

    `per_label`: the least score of a span of that label in a reading of the high band. `number`: which row; 0 for the settings.
    """

    high: float
    middle: float
    per_label: Mapping[str, float] = field(default_factory=dict)
    number: int = 0

    def band_of(self, confidence: float, spans: Iterable[dict] = ()) -> Band:
        """The band of a reading. A span whose score is below its label's own limit keeps it out of high."""
        if confidence >= self.high and not any(self._below_own_limit(span) for span in spans):
            return Band.HIGH
        return Band.MIDDLE if confidence >= self.middle else Band.LOW

    def _below_own_limit(self, span: dict) -> bool:
        return (span.get("score") or 0.0) < self.per_label.get(span["label"], 0.0)

    @property
    def values(self) -> tuple[float, float, dict[str, float]]:
        return self.high, self.middle, dict(self.per_label)


def limits_of_settings() -> Limits:
    return Limits(settings.BAND_HIGH, settings.BAND_MIDDLE, settings.BAND_HIGH_PER_LABEL)


def current_limits() -> Limits:
    """What a lead set last, else the settings. One short query, so that every process routes by the same limits at once."""
    rows = _newest.rows()
    return Limits(*rows[0]) if rows else limits_of_settings()


def set_limits(limits: Limits, *, lead: User, note: str = "") -> Limits:
    """Makes these the limits for titles that are tagged from now on; what is settled or waits stays as it is.

    `limits.number` says which limits the lead saw. The values that hold already, sent again, change nothing. Raises NotAllowed for
    reviewers, InvalidLimits (codes: not_a_share, out_of_order, unknown_label, note_too_long; limits_changed when another lead was
    first). One insert: whole or not at all.
    """
    if not lead.is_lead:
        raise NotAllowed(_("Only leads set the limits of the bands."))
    check_limits(limits)
    if len(note) > NOTE_MAX_CHARS:
        message = _("A note may have at most %(limit)d characters.") % {"limit": NOTE_MAX_CHARS}
        raise InvalidLimits(message, code="note_too_long", field="note")
    now = current_limits()
    if now.values == limits.values:
        return now
    if now.number != limits.number:
        raise _changed()
    return _store(limits, lead=lead, note=note)


def check_limits(limits: Limits) -> None:
    """Raises InvalidLimits, naming the field."""
    shares = {"high": limits.high, "middle": limits.middle, **limits.per_label}
    for name, value in shares.items():
        if not 0 <= value <= 1:
            raise InvalidLimits(_("A limit lies between 0 and 1."), code="not_a_share", field=name)
    if limits.middle > limits.high:
        raise InvalidLimits(_("The middle band cannot begin above the high band."), code="out_of_order", field="middle")
    for label in limits.per_label:
        if label not in Label.values:
            raise InvalidLimits(
                _("%(label)s is not a label.") % {"label": label}, code="unknown_label", field="per_label"
            )


def limits_history(limit: int = 10) -> list[BandLimits]:
    """The last changes, newest first, with who made them."""
    return list(BandLimits.objects.select_related("set_by")[:limit])


def _store(limits: Limits, *, lead: User, note: str) -> Limits:
    try:
        with transaction.atomic():
            row = BandLimits.objects.create(
                number=limits.number + 1,
                high=limits.high,
                middle=limits.middle,
                high_per_label=dict(limits.per_label),
                note=note,
                set_by=lead,
            )
            told = {"high": limits.high, "middle": limits.middle, "per_label": dict(limits.per_label), "note": note}
            record(AuditAction.LIMITS_SET, actor=lead, subject=row, **told)
    except IntegrityError as error:  # somebody took the number in between; with the same values that is as good
        now = current_limits()
        if now.values == limits.values:
            return now
        raise _changed() from error
    return _limits(row)


def _limits(row: BandLimits) -> Limits:
    return Limits(row.high, row.middle, row.high_per_label, row.number)


def _changed() -> InvalidLimits:
    message = _("Somebody has changed the limits meanwhile. Look at them, then set yours again.")
    return InvalidLimits(message, code="limits_changed")
