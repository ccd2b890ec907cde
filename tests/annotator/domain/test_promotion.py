"""Who may make which model live, and what goes with it."""

import pytest
from django.utils import timezone

from annotator.domain import model_versions, promotion
from annotator.domain.band_limits import current_limits
from annotator.domain.promotion import promote, remove_version, rollback
from annotator.enums import ModelOrigin, ModelState
from annotator.exceptions import GateRefused, NotAllowed
from annotator.models import Comparison, ModelVersion, Promotion
from tests.factories import make_model_version, make_prediction
from tests.races import run_at_once


@pytest.fixture(autouse=True)
def files_are_there(monkeypatch):
    monkeypatch.setattr(model_versions, "require_files", lambda _version: None)


@pytest.fixture
def active(db) -> ModelVersion:
    return make_model_version("old", activated_at=timezone.now())


def make_candidate(active, *, passed=None, origin=ModelOrigin.TRAINED, limit=None, codes=("worse_f1",)):
    candidate = make_model_version("new", state=ModelState.CANDIDATE, origin=origin)
    if passed is not None:
        reasons = [] if passed else [{"code": code, "value": 0, "limit": 0, "label": ""} for code in codes]
        Comparison.objects.create(
            candidate=candidate, against=active, gold_digest="0" * 64, titles=100, passed=passed, reasons=reasons,
            report={"high_limit": limit},
        )  # fmt: skip
    return candidate


def test_what_passed_the_gate_goes_live_with_its_limit(active, lead, settings):
    settings.BAND_HIGH, settings.BAND_MIDDLE = 0.9, 0.6
    version = promote(make_candidate(active, passed=True, limit=0.84), actor=lead)
    assert (version.state, model_versions.active_version()) == (ModelState.ACTIVE, version)
    assert (current_limits().high, current_limits().middle) == (0.84, 0.6)
    row = Promotion.objects.get()
    assert (row.version, row.former, row.actor, row.note, row.overruled) == (version, active, lead, "", False)


@pytest.mark.parametrize(
    ("passed", "codes", "code"),
    [(None, (), "not_compared"), (False, ("worse_f1",), "worse"), (False, ("too_few_gold",), "too_few_gold")],
)
def test_what_did_not_pass_needs_a_note(active, lead, passed, codes, code):
    candidate = make_candidate(active, passed=passed, codes=codes)
    with pytest.raises(GateRefused) as error:
        promote(candidate, actor=lead, note="  ")
    assert (error.value.code, error.value.field) == (code, "note")
    assert model_versions.active_version() == active
    promote(candidate, actor=lead, note="a  new\nlabel set")
    assert Promotion.objects.values_list("note", "overruled").get() == ("a new label set", True)


def test_a_comparison_with_a_former_version_says_nothing(active, lead):
    candidate = make_candidate(active, passed=True)
    model_versions.promote_model(make_model_version("third", state=ModelState.CANDIDATE, origin="added"))
    with pytest.raises(GateRefused) as error:
        promote(candidate, actor=lead)
    assert error.value.code == "not_compared"


def test_a_checkpoint_that_was_added_by_hand_needs_no_note_unless_it_was_found_worse(active, lead):
    candidate = make_candidate(active, origin=ModelOrigin.ADDED)
    assert promote(candidate, actor=None).state == ModelState.ACTIVE
    assert Promotion.objects.get().actor is None


def test_twice_is_once_and_two_at_once_make_one_promotion(active, lead):
    candidate = make_candidate(active, passed=True)
    for _time in range(2):
        promote(candidate, actor=lead)
    assert Promotion.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_leads_at_once_leave_one_active_version(lead):
    active = make_model_version("old")
    candidate = make_candidate(active, passed=True)
    answers = run_at_once(*[lambda: promote(candidate, actor=lead).state] * 2)
    assert answers == [ModelState.ACTIVE] * 2
    assert ModelVersion.objects.filter(state=ModelState.ACTIVE).count() == Promotion.objects.count() == 1


def test_reviewers_promote_roll_back_and_delete_nothing(active, reviewer):
    candidate = make_candidate(active, passed=True)
    attempts = [
        lambda: promote(candidate, actor=reviewer),
        lambda: rollback(actor=reviewer),
        lambda: remove_version(candidate, actor=reviewer),
    ]
    for attempt in attempts:
        with pytest.raises(NotAllowed):
            attempt()
    assert model_versions.active_version() == active


def test_rolling_back_is_noted_and_needs_no_note(active, lead):
    promote(make_candidate(active, passed=True), actor=lead)
    assert rollback(actor=lead) == active
    assert Promotion.objects.first().version == active
    assert not promotion.needs_note(ModelVersion.objects.get(name="new"))


def test_only_what_nothing_depends_on_is_deleted(active, lead, settings, tmp_path, django_capture_on_commit_callbacks):
    settings.MODELS_DIR = tmp_path
    candidate = make_candidate(active, passed=True)
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "model.safetensors").write_text("weights")
    used = make_model_version("used", state=ModelState.RETIRED, origin="added")
    make_prediction(model_version=used)
    child = make_model_version("child", state=ModelState.CANDIDATE, origin="trained", parent=candidate)
    for version in (active, used, candidate):
        with pytest.raises(GateRefused):
            remove_version(version, actor=lead)
    child.delete()
    with django_capture_on_commit_callbacks(execute=True):
        remove_version(candidate, actor=lead)
    assert not ModelVersion.objects.filter(pk=candidate.pk).exists()
    assert list(tmp_path.iterdir()) == []
