"""Which model goes live: what the gate let through, or what a lead vouches for."""

from dataclasses import replace

from django.db import transaction
from django.utils.translation import gettext as _

from annotator.domain import model_versions
from annotator.domain.audit import record
from annotator.domain.band_limits import current_limits, set_limits
from annotator.domain.webhooks.events import note_promotion
from annotator.enums import AuditAction, ModelOrigin, ModelState
from annotator.exceptions import GateRefused, NotAllowed
from annotator.models import Comparison, ModelVersion, Promotion, User

NOTE_MAX_CHARS = 500


def latest_comparison(version: ModelVersion) -> Comparison | None:
    """With the version that is active now; what was measured against a former one says nothing."""
    active = model_versions.active_version()
    return Comparison.objects.filter(candidate=version, against=active).first() if active else None


def needs_note(version: ModelVersion) -> bool:
    """Whether only a lead's note lets it go live: what was trained here and has not passed, and what did not pass. What was active before
    may come back without one."""
    if version.state != ModelState.CANDIDATE:
        return False
    comparison = latest_comparison(version)
    return not comparison.passed if comparison else version.origin == ModelOrigin.TRAINED


def promote(version: ModelVersion, *, actor: User | None, note: str = "") -> ModelVersion:
    """Makes this version the active one, with its limit of the high band where the comparison found one; notes who did it and why.

    In-flight work ends on the version it began with; every process takes the new one within about a second (annotator.taggers). The
    active version again changes nothing. actor None: the shell. Raises NotAllowed (not a lead), GateRefused (not_compared, worse,
    too_few_gold) where a note is needed and there is none, ModelUnavailable as model_versions.promote_model.
    """
    _check_actor(actor)
    note = " ".join(note.split())[:NOTE_MAX_CHARS]
    model_versions.require_files(version)  # seconds for a large one: not while the database waits
    return _promote(version.pk, actor, note)


def rollback(*, actor: User | None) -> ModelVersion:
    """Makes the version active that was so before. Raises NotAllowed and ModelUnavailable as model_versions.rollback_model."""
    _check_actor(actor)
    with transaction.atomic():
        former = model_versions.active_version()
        version = model_versions.rollback_model()
        if former is None or former.pk != version.pk:
            Promotion.objects.create(version=version, former=former, actor=actor, note=_("Rolled back."))
            record(AuditAction.MODEL_ROLLED_BACK, actor=actor, subject=version, former=former.name if former else None)
            note_promotion(version, former, rolled_back=True)
    return version


def remove_version(version: ModelVersion, *, actor: User | None) -> None:
    """Deletes a version that no title depends on, with its files. Raises NotAllowed and GateRefused (model_in_use): the active one, the
    built-in one, one that has read titles, and one that others were trained from stay."""
    _check_actor(actor)
    with transaction.atomic():
        locked = ModelVersion.objects.select_for_update().get(pk=version.pk)
        used = locked.state == ModelState.ACTIVE or locked.origin == ModelOrigin.STARTER
        if used or locked.predictions.exists() or locked.children.exists():
            raise GateRefused(
                _("%(name)s is in use and stays.") % {"name": locked.name}, code="model_in_use", field="version"
            )
        directory = model_versions.checkpoint_directory(locked)
        record(AuditAction.MODEL_REMOVED, actor=actor, subject=locked)
        locked.delete()
        transaction.on_commit(lambda: model_versions.remove_files(directory))


@transaction.atomic
def _promote(version_id: int, actor: User | None, note: str) -> ModelVersion:
    """Judged and done under one lock: two leads at once are one promotion."""
    locked = {row.pk: row for row in ModelVersion.objects.select_for_update().order_by("pk")}
    version = locked[version_id]
    if version.state == ModelState.ACTIVE:
        return version
    overruled = needs_note(version)
    if overruled and not note:
        raise _refusal(version)
    comparison = latest_comparison(version)
    former = next((row for row in locked.values() if row.state == ModelState.ACTIVE), None)
    version = model_versions.activate(version)
    Promotion.objects.create(version=version, former=former, actor=actor, note=note, overruled=overruled)
    told = {"former": former.name if former else None, "note": note, "overruled": overruled}
    record(AuditAction.MODEL_PROMOTED, actor=actor, subject=version, **told)
    note_promotion(version, former, rolled_back=False)
    limit = comparison.report.get("high_limit") if comparison else None
    if limit is not None and actor is not None:
        _move_limit(limit, actor, version)
    return version


def _move_limit(high: float, actor: User, version: ModelVersion) -> None:
    now = current_limits()
    limits = replace(now, high=high, middle=min(now.middle, high))
    set_limits(limits, lead=actor, note=_("With %(name)s.") % {"name": version.name})


def _check_actor(actor: User | None) -> None:
    if actor is not None and not actor.is_lead:
        raise NotAllowed(_("Only leads decide which model is active."))


def _refusal(version: ModelVersion) -> GateRefused:
    comparison = latest_comparison(version)
    if comparison is None:
        return GateRefused(
            _("%(name)s was not compared with the active model: say in a note why it may go live all the same.")
            % {"name": version.name},
            code="not_compared",
            field="note",
        )
    codes = [reason["code"] for reason in comparison.reasons]
    message = _("%(name)s did not pass the gate (%(codes)s): say in a note why it may go live all the same.")
    code = "too_few_gold" if codes == ["too_few_gold"] else "worse"
    return GateRefused(message % {"name": version.name, "codes": ", ".join(codes)}, code=code, field="note")
