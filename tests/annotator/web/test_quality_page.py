"""The quality page, and setting the limits of the bands on it."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotator.domain.band_limits import Limits, current_limits, set_limits
from annotator.models import Annotation, BandLimits, QueueItem, User, Verdict, WorkerHeartbeat
from annotator.web.health import ask_health
from tests import factories
from tests.annotator.web.pages import cells, count_queries, words
from tests.factories import SPANS

URL = "/quality/"
LIMITS = {"high": "0.8", "middle": "0.5", "number": "0", "note": ""}


@pytest.fixture
def some_work(reviewer: User, lead: User) -> Callable[[], None]:
    """An audited title, one that two people read, one that waits, all read by the active model."""
    other = factories.make_user("jan")

    def work() -> None:
        audit = factories.make_queue_item(confidence=0.95, band="high", reason="audit", sampling_probability=0.05)
        _decide(audit, (reviewer, SPANS), spans=SPANS, source="reviewed")
        twice = factories.make_queue_item(confidence=0.4, band="low", opinions_needed=2)
        _decide(twice, (reviewer, SPANS), (other, SPANS[:1]), (lead, SPANS), spans=SPANS, source="adjudicated")
        blind = factories.make_queue_item(confidence=0.7)
        _decide(blind, (other, SPANS[:1]), spans=SPANS[:1], source="reviewed", blind=True)
        shown = factories.make_queue_item(confidence=0.7)
        _decide(shown, (other, SPANS), spans=SPANS, source="reviewed")
        factories.make_queue_item(confidence=0.7)

    return work


def _decide(item: QueueItem, *readings: tuple, spans: list, source: str, blind: bool = False) -> None:
    for who, read in readings:
        verdict = Verdict.objects.create(
            title=item.title,
            reviewer=who,
            action="correct",
            spans=read,
            prediction=item.prediction,
            elapsed_ms=3000,
            blind=blind,
        )
    factories.make_annotation(item.title, spans=spans, source=source, prediction=item.prediction)
    Annotation.objects.filter(title=item.title).update(verdict=verdict)


def test_empty_desk_is_told_what_will_be_here(lead_client: Client):
    page = words(lead_client.get(URL))
    for told in (
        "known once audits are reviewed",
        "The active model has read nothing in this period.",
        "Nobody has judged a reading of the active model in this period.",
        "No title has been read by two people in this period.",
        "Nobody has reviewed in this period.",
        "No verdicts in this period.",
        "No blind cards decided in this period.",
        "Nothing has entered the queue in this period.",
        "No title waits.",
        "worker never seen",
    ):
        assert told in page


def test_page_shows_each_figure(lead_client: Client, some_work: Callable):
    WorkerHeartbeat.objects.create(hostname="worker@desk", seen_at=timezone.now())
    some_work()
    response = lead_client.get(URL)
    page = words(response)
    assert "of the automatically settled titles are wrong: 0.0 % [0.0–79.3], from 1 audited" in page
    assert "20 % of recent readings are in the high band" in page
    assert "from 5 recent readings of the active model and 4 of its readings that people judged" in page
    assert "1 title that two people read without seeing each other." in page
    assert "Of 4 verdicts on cards that showed a reading" in page
    assert "worker@desk at work" in page
    rows = cells(response)
    assert ["0.90 now", "20 %", "60 %", "20 %", "0.0 % [0.0–79.3]"] in rows
    assert ["all labels", "3", "0.67", "0.72"] in rows
    assert ["rosa", "2", "1200", "100 % [21–100] of 1"] in rows
    assert ["jan", "3", "1200", "0 % [0–79] of 1"] in rows
    assert ["middle", "100 % [21–100]", "0 % [0–79]", "100 %"] in rows
    assert response.content.decode().count('class="plot"') == 5


def test_page_keeps_to_the_period(lead_client: Client, some_work: Callable):
    some_work()
    Verdict.objects.update(created_at=timezone.now() - timezone.timedelta(days=20))
    assert "Nobody has reviewed in this period." in words(lead_client.get(URL, {"days": 7}))
    assert "rosa 2 1200" in words(lead_client.get(URL, {"days": 30}))
    assert "rosa 2 1200" in words(lead_client.get(URL, {"days": "many"}))


def test_every_plot_has_a_name_and_its_numbers(lead_client: Client, some_work: Callable):
    some_work()
    page = lead_client.get(URL).content.decode()
    for plot in ("volume", "error", "reliability", "flow", "left"):
        assert f'aria-labelledby="{plot}-name {plot}-told"' in page
        assert f'<title id="{plot}-name">' in page
    assert " style=" not in page


def test_page_asks_as_often_for_one_row_as_for_three(lead_client: Client, some_work: Callable):
    ask_health()
    some_work()
    one = count_queries(lead_client, URL)
    for _ in range(2):
        some_work()
    assert count_queries(lead_client, URL) == one


def test_figures_are_written_as_the_readers_language_does(lead_client: Client, some_work: Callable):
    some_work()
    response = lead_client.get(URL, headers={"Accept-Language": "fr"})
    assert "0,90" in words(response)
    assert ["rosa", "2", "1200", "100 % [21–100] sur 1"] in cells(response)
    assert 'points="46.0,' in response.content.decode()


def test_preview_says_what_limits_would_do(lead_client: Client, some_work: Callable):
    some_work()
    response = lead_client.get(reverse("band_limits"), LIMITS | {"high": "0.7"}, headers={"HX-Request": "true"})
    page = words(response)
    assert "<html" not in response.content.decode()
    assert "now: at 0.90, 20 % settled automatically, 60 % to one reviewer, 20 % to two;" in page
    assert "then: at 0.70, 80 % settled automatically, 0 % to one reviewer, 20 % to two;" in page
    assert "wrong among the automatic ones: 37.5 % [" in page
    assert not BandLimits.objects.exists()


def test_preview_of_limits_that_make_no_sense_says_so(lead_client: Client):
    response = lead_client.get(reverse("band_limits"), LIMITS | {"middle": "0.9"}, headers={"HX-Request": "true"})
    assert (response.status_code, "the middle one not above the high one" in words(response)) == (200, True)


def test_preview_works_without_javascript(lead_client: Client, some_work: Callable):
    some_work()
    response = lead_client.post(reverse("band_limits"), LIMITS | {"preview": "1"})
    assert response.status_code == 200
    assert "then: at 0.80, 20 % settled automatically" in words(response)
    assert not BandLimits.objects.exists()


def test_lead_sets_limits(lead_client: Client, lead: User):
    sent = LIMITS | {"label_ORG": "0.95", "note": "venues slip through"}
    response = lead_client.post(reverse("band_limits"), sent, follow=True)
    assert current_limits() == Limits(0.8, 0.5, {"ORG": 0.95}, number=1)
    page = words(response)
    assert "Limits set. They hold for titles that are tagged from now on." in page
    assert "0.50 / 0.80 ORG 0.95 lena, now “venues slip through”" in page
    assert BandLimits.objects.get().set_by == lead


def test_limits_sent_twice_are_set_once(lead_client: Client):
    for _ in range(2):
        assert lead_client.post(reverse("band_limits"), LIMITS).status_code == 302
    assert BandLimits.objects.count() == 1


def test_limits_that_another_lead_changed_are_refused_and_kept_in_the_form(lead_client: Client):
    set_limits(Limits(0.95, 0.6), lead=factories.make_user(role="lead"))
    response = lead_client.post(reverse("band_limits"), LIMITS)
    assert response.status_code == 422
    assert "Somebody has changed the limits meanwhile." in words(response)
    assert current_limits().high == 0.95
    assert response.context["form"]["high"].value() == "0.8"
    again = LIMITS | {"number": str(response.context["form"]["number"].value())}
    assert lead_client.post(reverse("band_limits"), again).status_code == 302
    assert current_limits() == Limits(0.8, 0.5, number=2)


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"middle": "0.9"}, "The middle band cannot begin above the high band."),
        ({"high": "1.2"}, "Ensure this value is less than or equal to 1."),
        ({"high": "much"}, "Enter a number."),
        ({"high": "nan"}, "Enter a number."),
        ({"high": ""}, "This field is required."),
        ({"label_PER": "-1"}, "Ensure this value is greater than or equal to 0."),
        ({"note": "x" * 201}, "Ensure this value has at most 200 characters (it has 201)."),
    ],
)
def test_limits_that_make_no_sense_are_refused_at_their_field(lead_client: Client, sent: dict, told: str):
    response = lead_client.post(reverse("band_limits"), LIMITS | sent)
    assert (response.status_code, told in words(response)) == (422, True)
    assert not BandLimits.objects.exists()


@pytest.mark.parametrize("method", ["get", "post"])
def test_reviewers_neither_see_nor_set_limits(reviewer_client: Client, method: str):
    assert getattr(reviewer_client, method)(reverse("band_limits"), LIMITS).status_code == 403
    assert reviewer_client.get(URL).status_code == 403
    assert not BandLimits.objects.exists()


def test_queue_page_shows_the_limits_that_were_set(lead_client: Client, lead: User):
    set_limits(Limits(0.93, 0.555), lead=lead)
    page = words(lead_client.get(reverse("queue")))
    assert ("low < 55.5 %" in page, "high ≥ 93 %" in page) == (True, True)
