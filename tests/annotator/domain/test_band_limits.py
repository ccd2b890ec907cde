"""Who sets the limits of the bands, and what becomes of two who do so at once."""

import pytest
from django.conf import settings
from django.db import transaction

from annotator.domain.band_limits import Limits, current_limits, limits_history, limits_of_settings, set_limits
from annotator.enums import Band
from annotator.exceptions import InvalidLimits, NotAllowed
from annotator.models import BandLimits, User
from tests import factories
from tests.races import run_at_once


@pytest.mark.parametrize(
    ("confidence", "band"),
    [
        (1.0, Band.HIGH),
        (0.9, Band.HIGH),
        (0.8999, Band.MIDDLE),
        (0.6, Band.MIDDLE),
        (0.5999, Band.LOW),
        (0.0, Band.LOW),
    ],
)
def test_bands_have_inclusive_lower_limits(confidence: float, band: Band):
    assert limits_of_settings().band_of(confidence) == band


def test_a_weak_span_is_kept_out_of_high_by_its_labels_limit():
    limits = Limits(high=0.9, middle=0.6, per_label={"ORG": 0.97})
    org = {"start": 0, "end": 3, "label": "ORG", "score": 0.95}
    place = {"start": 4, "end": 8, "label": "LOC", "score": 0.5}
    assert limits.band_of(0.95, [org]) == Band.MIDDLE
    assert limits.band_of(0.95, [org | {"score": 0.98}, place]) == Band.HIGH


def test_settings_hold_until_a_lead_sets_limits(lead: User, settings):
    settings.BAND_HIGH, settings.BAND_MIDDLE, settings.BAND_HIGH_PER_LABEL = 0.88, 0.5, {"ORG": 0.9}
    assert current_limits() == Limits(0.88, 0.5, {"ORG": 0.9}, number=0)
    stored = set_limits(Limits(0.93, 0.55, {"MISC": 0.95}), lead=lead, note="fewer slips")
    assert current_limits() == stored == Limits(0.93, 0.55, {"MISC": 0.95}, number=1)
    (row,) = limits_history()
    assert (row.set_by, row.note) == (lead, "fewer slips")


def test_limits_are_appended(lead: User):
    first = set_limits(Limits(0.93, 0.55), lead=lead)
    set_limits(Limits(0.95, 0.55, number=first.number), lead=lead)
    assert [(row.number, row.high) for row in limits_history()] == [(2, 0.95), (1, 0.93)]


def test_limits_sent_twice_are_set_once(lead: User):
    wanted = Limits(0.93, 0.55, {"PER": 0.9})
    assert set_limits(wanted, lead=lead) == set_limits(wanted, lead=lead)
    assert BandLimits.objects.count() == 1


def test_limits_that_another_lead_changed_meanwhile_are_refused(lead: User):
    set_limits(Limits(0.93, 0.55), lead=factories.make_user(role="lead"))
    with pytest.raises(InvalidLimits) as refused:
        set_limits(Limits(0.85, 0.55), lead=lead)
    assert refused.value.code == "limits_changed"
    assert current_limits().high == 0.93


@pytest.mark.django_db(transaction=True)
def test_of_two_leads_at_once_one_is_refused():
    leads = [factories.make_user(role="lead") for _ in range(2)]
    answers = run_at_once(
        lambda: set_limits(Limits(0.93, 0.55), lead=leads[0]), lambda: set_limits(Limits(0.95, 0.55), lead=leads[1])
    )
    refused = [answer for answer in answers if isinstance(answer, InvalidLimits)]
    assert [error.code for error in refused] == ["limits_changed"]
    assert [row.number for row in BandLimits.objects.all()] == [1]


@pytest.mark.django_db(transaction=True)
def test_the_same_limits_at_once_are_set_once():
    lead = factories.make_user(role="lead")
    answers = run_at_once(*[lambda: set_limits(Limits(0.93, 0.55), lead=lead)] * 2)
    assert answers == [Limits(0.93, 0.55, number=1)] * 2
    assert BandLimits.objects.count() == 1


def test_limits_killed_half_way_leave_the_former_ones(lead: User):
    def set_and_die() -> None:
        with transaction.atomic():
            set_limits(Limits(0.93, 0.55), lead=lead)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        set_and_die()
    assert current_limits().high == settings.BAND_HIGH
    assert set_limits(Limits(0.93, 0.55), lead=lead).number == 1


def test_reviewers_may_not_set_limits(reviewer: User):
    with pytest.raises(NotAllowed):
        set_limits(Limits(0.93, 0.55), lead=reviewer)
    assert not BandLimits.objects.exists()


@pytest.mark.parametrize(
    ("limits", "code", "field"),
    [
        (Limits(1.1, 0.5), "not_a_share", "high"),
        (Limits(float("nan"), 0.5), "not_a_share", "high"),
        (Limits(0.9, -0.1), "not_a_share", "middle"),
        (Limits(0.9, 0.5, {"PER": 2}), "not_a_share", "PER"),
        (Limits(0.5, 0.6), "out_of_order", "middle"),
        (Limits(0.9, 0.6, {"BAND": 0.5}), "unknown_label", "per_label"),
    ],
)
def test_limits_that_make_no_sense_are_refused(lead: User, limits: Limits, code: str, field: str):
    with pytest.raises(InvalidLimits) as refused:
        set_limits(limits, lead=lead)
    assert (refused.value.code, refused.value.field) == (code, field)
    assert not BandLimits.objects.exists()


def test_note_that_is_too_long_is_refused(lead: User):
    with pytest.raises(InvalidLimits) as refused:
        set_limits(Limits(0.93, 0.55), lead=lead, note="x" * 201)
    assert refused.value.code == "note_too_long"
