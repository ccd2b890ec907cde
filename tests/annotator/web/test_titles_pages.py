"""Finding titles, the history of one, and the flagged ones."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from annotator.domain.bulk import accept_titles, assign_titles, return_titles, undo_bulk_action
from annotator.domain.propagation import propagate_correction
from annotator.domain.review import record_verdict
from annotator.domain.surfaces import index_predictions
from annotator.domain.undo import undo_verdict
from annotator.enums import TitleState
from annotator.models import Title, User, Verdict
from tests import factories
from tests.annotator.web.pages import cells, count_queries, words
from tests.factories import spans_of


def titles_found(client: Client, **criteria: str) -> list[str]:
    return [row[0] for row in cells(client.get(reverse("titles"), criteria))]


def waiting(text: str, *pieces: tuple, confidence: float = 0.7, **fields: object) -> Title:
    prediction = factories.make_prediction(
        factories.make_title(text), spans=spans_of(text, *pieces), confidence=confidence
    )
    factories.make_queue_item(prediction=prediction, **fields)
    return prediction.title


def decide(title: Title, reviewer: User, action: str, **more: object) -> Verdict:
    return record_verdict(title_id=title.pk, reviewer=reviewer, verdict_id=uuid4(), action=action, **more)


def test_titles_are_listed_newest_first_with_reading_state_and_confidence(reviewer_client: Client):
    waiting("Ana in Rome", ("Ana", "PER", 0.9), confidence=0.42)
    factories.make_annotation(factories.make_title("Fado in Porto"), spans=[])
    assert cells(reviewer_client.get(reverse("titles"))) == [
        ["Fado in Porto", "settled", "reviewed", ""],
        ["Ana P in Rome", "waiting for review", "", "42 %"],
    ]


def test_a_waiting_blind_card_shows_reviewers_nothing_that_the_model_read(reviewer_client: Client, lead_client: Client):
    title = waiting("Ana in Rome", ("Ana", "PER", 0.9), confidence=0.42, blind=True)
    page = reviewer_client.get(reverse("title", args=[title.pk])).content.decode()
    assert cells(reviewer_client.get(reverse("titles"))) == [["Ana in Rome", "waiting for review", "", ""]]
    assert ("Read by" in page, "<mark" in page, "42 %" in page) == (False, False, False)
    assert "read this title without it" in page
    assert cells(lead_client.get(reverse("titles")))[0][1:] == ["Ana P in Rome", "waiting for review", "", "42 %"]


def test_a_blind_card_that_is_decided_shows_everybody_what_the_model_read(reviewer_client: Client, reviewer: User):
    title = waiting("Ana in Rome", ("Ana", "PER", 0.9), confidence=0.7, blind=True)
    decide(title, reviewer, "correct", spans=spans_of(title.text, ("Rome", "LOC")))
    page = reviewer_client.get(reverse("title", args=[title.pk])).content.decode()
    assert ("Read by" in page, "read this title without it" in page) == (True, False)


def test_titles_draw_spans_with_letter_label_and_score_and_escape_the_rest(reviewer_client: Client):
    waiting("<b>Ana</b> in Rome", ("Ana", "PER", 0.934))
    page = reviewer_client.get(reverse("titles")).content.decode()
    assert (
        '&lt;b&gt;<mark class="span" data-label="PER" title="performer 93 %">Ana<span class="span-letter" aria-hidden="true">P</span>'
        '<span class="visually-hidden"> (performer)</span></mark>&lt;/b&gt; in Rome' in page
    )


@pytest.mark.parametrize(
    ("criteria", "found"),
    [
        ({}, ["Fado in Porto", "Cafe L", "Ana P in Rome L"]),
        ({"text": "rome ana"}, ["Ana P in Rome L"]),
        ({"state": "settled"}, ["Fado in Porto"]),
        ({"band": "low"}, ["Cafe L"]),
        ({"label": "LOC"}, ["Cafe L", "Ana P in Rome L"]),
        ({"source": "auto"}, ["Fado in Porto"]),
        ({"label": "PER", "band": "low"}, []),
        ({"state": "nonsense", "after": "x", "batch": "y"}, ["Fado in Porto", "Cafe L", "Ana P in Rome L"]),
    ],
)
def test_titles_meet_every_condition(reviewer_client: Client, criteria: dict[str, str], found: list[str]):
    waiting("Ana in Rome", ("Ana", "PER"), ("Rome", "LOC"))
    waiting("Cafe", ("Cafe", "LOC"), band="low")
    factories.make_annotation(factories.make_title("Fado in Porto"), spans=[], source="auto")
    assert titles_found(reviewer_client, **criteria) == found


def test_titles_of_a_model_version_and_of_a_batch(reviewer_client: Client):
    first, second = waiting("Ana in Rome"), waiting("Fado in Porto")
    other = factories.make_model_version("other@1", state="candidate")
    factories.make_prediction(second, model_version=other)
    batch = factories.make_occurrence(first).batch
    factories.make_occurrence(first, batch)
    assert titles_found(reviewer_client, model_version="other@1") == ["Fado in Porto"]
    assert titles_found(reviewer_client, batch=str(batch.pk)) == ["Ana in Rome"]
    assert "of the batch titles.csv" in words(reviewer_client.get(reverse("titles"), {"batch": batch.pk}))


def test_titles_that_are_not_there_are_an_empty_page_that_says_why(reviewer_client: Client):
    assert "No titles yet" in words(reviewer_client.get(reverse("titles")))
    assert "Nothing found No title meets all of these conditions." in words(
        reviewer_client.get(reverse("titles"), {"text": "x"})
    )


def test_htmx_gets_the_list_alone(reviewer_client: Client):
    waiting("Ana in Rome")
    response = reviewer_client.get(reverse("titles"), {"text": "ana"}, headers={"HX-Request": "true"})
    assert "<form" not in response.content.decode()
    assert cells(response) == [["Ana in Rome", "waiting for review", "", "70 %"]]


def test_htmx_on_its_way_back_gets_the_whole_page(reviewer_client: Client):
    headers = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    assert "<html" in reviewer_client.get(reverse("titles"), headers=headers).content.decode()


def test_title_list_asks_as_often_for_one_row_as_for_three(reviewer_client: Client):
    waiting("Ana in Rome")
    factories.make_annotation(prediction=factories.make_prediction())
    two = count_queries(reviewer_client, reverse("titles"))
    for _ in range(2):
        waiting(f"Fado in Porto {uuid4()}")
        factories.make_annotation(prediction=factories.make_prediction())
    assert count_queries(reviewer_client, reverse("titles")) == two


def test_title_page_tells_everything_that_happened(reviewer_client: Client, reviewer: User):
    title = waiting(
        "Ana Torres in Rome", ("Ana Torres", "PER", 0.81), ("Rome", "LOC", 0.5), confidence=0.45, band="low"
    )
    batch = factories.make_batch(name="autumn.csv")
    factories.make_occurrence(title, batch, row=3, raw_text="Ana Torres  in Rome", external_id="e-7")
    undone = decide(title, reviewer, "nothing")
    undo_verdict(undone.pk, reviewer=reviewer, undo_id=uuid4())
    decide(title, reviewer, "correct", spans=spans_of(title.text, ("Ana Torres", "PER")))
    page = words(reviewer_client.get(reverse("title", args=[title.pk])))
    history = page[page.index("History") :]
    told = [
        "Arrived",
        "Read by starter@",
        "Ana Torres P (performer) in Rome L (place)",
        "Confidence 45 % · PER 81 % · LOC 50 %",
        "Into the queue low",
        "rosa: nothing here undone",
        "rosa: undo",
        "rosa: correct",
        "Settled: reviewed",
        "Artists Ana Torres",
        "Arrivals 1 autumn.csv page upload · row 3 ·",
        "e-7 Ana Torres in Rome",
    ]
    places = [history.find(part) for part in told]
    assert -1 not in places, told[places.index(-1)]
    assert [told[at] for at in (4, 5, 6, 7)] == sorted([told[at] for at in (4, 5, 6, 7)], key=history.find)


def test_title_page_asks_as_often_for_one_event_as_for_three(reviewer_client: Client, reviewer: User):
    title = waiting("Ana Torres in Rome", ("Ana Torres", "PER"))
    factories.make_occurrence(title)
    decide(title, reviewer, "skip")
    one = count_queries(reviewer_client, reverse("title", args=[title.pk]))
    for number in range(2):
        factories.make_occurrence(title)
        factories.make_prediction(title, model_version=factories.make_model_version(state="candidate"))
        decide(title, factories.make_user(f"r{number}"), "skip")
    assert count_queries(reviewer_client, reverse("title", args=[title.pk])) == one


def test_title_that_is_not_there_is_404(reviewer_client: Client):
    assert reviewer_client.get(reverse("title", args=[404])).status_code == 404


@pytest.fixture
def flagged(reviewer: User) -> Title:
    title = waiting("Ana in Rome", ("Ana", "PER"))
    decide(title, reviewer, "flag", comment="Is Ana the act?")
    return title


def send_back(client: Client, title: Title, **fields: str):
    data = {"undo_id": uuid4(), "comment": "Yes."} | fields
    return client.post(reverse("send_back", args=[title.pk]), data, follow=True)


def test_flagged_titles_show_who_asks_what(lead_client: Client, flagged: Title):
    page = words(lead_client.get(reverse("flagged")))
    assert "Ana P (performer) in Rome rosa · now Is Ana the act? Answer For for everybody for lena for rosa" in page
    assert "Send back to the queue Decide it myself" in page


def test_answer_to_a_flag_puts_the_title_back_once(lead_client: Client, flagged: Title):
    undo_id = str(uuid4())
    for _twice in range(2):
        response = send_back(lead_client, flagged, undo_id=undo_id)
        assert "“Ana in Rome” waits for review again. " in words(response)
    flagged.refresh_from_db()
    assert flagged.state == TitleState.WAITING
    assert [verdict.comment for verdict in Verdict.objects.filter(action="undo")] == ["Yes."]
    assert "Nothing is flagged" in words(lead_client.get(reverse("flagged")))


def test_second_lead_who_answers_is_told_that_it_is_done(lead_client: Client, flagged: Title):
    send_back(lead_client, flagged)
    assert "This title is not flagged." in words(send_back(lead_client, flagged))


def test_flags_are_for_leads(reviewer_client: Client, lead_client: Client, flagged: Title):
    assert send_back(reviewer_client, flagged).status_code == 403
    assert lead_client.post(reverse("send_back", args=[404])).status_code == 404
    flagged.refresh_from_db()
    assert flagged.state == TitleState.FLAGGED


def test_damaged_answer_changes_nothing(lead_client: Client, flagged: Title):
    assert "That form was damaged." in words(send_back(lead_client, flagged, undo_id="x"))
    flagged.refresh_from_db()
    assert flagged.state == TitleState.FLAGGED


def test_flagged_page_asks_as_often_for_one_row_as_for_three(lead_client: Client, reviewer: User, flagged: Title):
    one = count_queries(lead_client, reverse("flagged"))
    for text in ("Fado in Porto", "Rui in Faro"):
        decide(waiting(text), reviewer, "flag")
    assert count_queries(lead_client, reverse("flagged")) == one


def test_title_page_tells_what_leads_did_with_it_among_others(lead_client: Client, lead: User, reviewer: User):
    title = waiting("Ana in Rome", ("Ana", "PER"))
    kept = assign_titles(uuid4(), title_ids=[title.pk], actor=lead, assignee=reviewer)
    return_titles(uuid4(), title_ids=[title.pk], actor=lead, comment="It is a band.")
    undo_bulk_action(kept.pk, actor=lead)
    assign_titles(uuid4(), title_ids=[title.pk], actor=lead, assignee=reviewer)
    assert "waiting for review for rosa" in words(lead_client.get(reverse("title", args=[title.pk])))
    accept_titles(uuid4(), title_ids=[title.pk], actor=lead)
    page = words(lead_client.get(reverse("title", args=[title.pk])))
    told = [
        "lena: assigned for rosa undone",
        "lena: sent back for everybody",
        "It is a band.",
        "lena: accept in bulk",
        "Settled: reviewed",
    ]
    places = [page.find(part) for part in told]
    assert -1 not in places, told[places.index(-1)]
    assert places == sorted(places)


def test_title_page_links_to_the_title_that_a_correction_came_from(reviewer_client: Client, reviewer: User):
    source, title = (waiting(text, ("Ana", "LOC", 0.7)) for text in ("Ana in Rome", "Ana in Porto"))
    index_predictions(title.predictions.all())
    verdict = decide(source, reviewer, "correct", spans=spans_of(source.text, ("Ana", "PER")))
    propagate_correction(uuid4(), verdict_id=verdict.pk, title_ids=[title.pk], actor=reviewer)
    page = reviewer_client.get(reverse("title", args=[title.pk]))
    assert "rosa: carried over from another title" in words(page)
    assert f'<a href="/titles/{source.pk}/">Ana in Rome</a>' in page.content.decode()
