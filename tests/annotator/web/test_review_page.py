"""The review page as HTML: what a browser without JavaScript gets, and what the JavaScript starts with."""

import json
import re
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from annotator.models import Annotation, Lease, User, Verdict
from annotator.web.review_page import line_pieces, size_of
from tests import factories
from tests.factories import spans_of

TEXT = "Ana Torres & 🎉 Rui <b>Sá</b> live in Lisbon"


@pytest.fixture
def web(client: Client, reviewer: User) -> Client:
    client.force_login(reviewer)
    return client


def queue(text: str = TEXT, confidence: float = 0.5) -> Verdict:
    title = factories.make_title(text)
    spans = spans_of(title.text, ("Ana Torres", "PER", 0.583))
    prediction = factories.make_prediction(title, spans=spans, confidence=confidence)
    return factories.make_queue_item(title, prediction=prediction)


def config_of(html: str) -> dict:
    return json.loads(re.search(r'<script id="review-config" type="application/json">(.*?)</script>', html)[1])


def form_of(html: str) -> dict[str, str]:
    form = re.search(r'<form class="tools".*?</form>', html, re.DOTALL)[0]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))


def test_review_page_draws_the_first_card_and_carries_the_others(web: Client):
    first = queue(confidence=0.3)
    queue("Ana Torres again", confidence=0.6)
    html = web.get(reverse("review")).content.decode()
    assert (
        '<span class="span" data-label="PER"><span class="span-words">Ana Torres</span><span class="tag"><b>P</b> 58 %</span></span>'
        " &amp; 🎉 Rui &lt;b&gt;Sá&lt;/b&gt; live in Lisbon" in html
    )
    assert '<p class="ahead-line" dir="auto">Ana Torres again</p>' in html
    config = config_of(html)
    assert [card["text"] for card in config["first"]["cards"]] == [first.title.text, "Ana Torres again"]
    assert (config["first"]["left"], config["first"]["empty"]) == (2, "")
    assert config["first"]["cards"][0]["spans"] == [{"start": 0, "end": 10, "label": "PER", "score": 0.583}]
    assert config["first"]["cards"][0]["tokens"][:3] == [[0, 3], [4, 10], [11, 12]]


def test_review_page_does_not_say_why_a_title_is_in_the_queue(web: Client):
    item = queue()
    item.reason = "audit"
    item.save()
    [card] = config_of(web.get(reverse("review")).content.decode())["first"]["cards"]
    assert "reason" not in card


def test_review_page_keeps_to_the_strict_policy(web: Client):
    queue()
    response = web.get(reverse("review"))
    html = response.content.decode()
    assert "script-src 'self'" in response["Content-Security-Policy"]
    assert re.findall(r"<script(?![^>]*(?:src=|application/json))", html) == []
    assert re.findall(r'<[^>]+ (?:style|on\w+)="', html) == []
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("count", [1, 3])
def test_review_page_asks_as_few_questions_for_three_cards_as_for_one(
    web: Client, django_assert_max_num_queries, count: int
):
    for number in range(count):
        queue(f"Ana Torres {number}")
    with django_assert_max_num_queries(16):
        web.get(reverse("review"))


def test_review_page_without_titles_says_so(web: Client):
    html = web.get(reverse("review")).content.decode()
    assert config_of(html)["first"]["empty"].startswith("Every title is settled.")


def test_review_page_with_untagged_titles_says_that_they_come(web: Client):
    factories.make_title("Ana")
    html = web.get(reverse("review")).content.decode()
    assert config_of(html)["first"]["empty"].startswith("1 title is being read by the model.")


def test_review_page_reloaded_gets_the_same_cards(web: Client):
    for number in range(30):
        queue(f"Ana Torres {number}", confidence=0.3 + number / 100)
    before = config_of(web.get(reverse("review")).content.decode())
    web.cookies["review_from"] = before["tab"]
    after = config_of(web.get(reverse("review")).content.decode())
    assert [card["title_id"] for card in after["first"]["cards"]] == [
        card["title_id"] for card in before["first"]["cards"]
    ]
    assert (before["tab"] != after["tab"], Lease.objects.count()) == (True, 20)


def test_review_page_takes_no_cards_from_somebody_else(web: Client, lead: User):
    queue()
    other = Client()
    other.force_login(lead)
    held = config_of(other.get(reverse("review")).content.decode())
    web.cookies["review_from"] = held["tab"]
    assert config_of(web.get(reverse("review")).content.decode())["first"]["cards"] == []


@pytest.mark.parametrize("cookie", ["nonsense", ""])
def test_review_page_ignores_a_broken_cookie(web: Client, cookie: str):
    web.cookies["review_from"] = cookie
    assert web.get(reverse("review")).status_code == 200


@pytest.mark.parametrize(
    ("action", "spans"), [("accept", [{"start": 0, "end": 10, "label": "PER"}]), ("nothing", []), ("skip", [])]
)
def test_review_form_decides_without_javascript(web: Client, action: str, spans: list):
    queue()
    form = form_of(web.get(reverse("review")).content.decode())
    response = web.post(reverse("review"), form | {"action": action, "comment": ""})
    assert (response.status_code, response["Location"]) == (302, reverse("review"))
    assert list(Verdict.objects.values_list("action", "spans")) == [(action, spans)]
    assert Lease.objects.count() == 0


def test_review_form_sent_twice_decides_once(web: Client):
    queue()
    form = form_of(web.get(reverse("review")).content.decode()) | {"action": "flag", "comment": "why"}
    for _ in range(2):
        web.post(reverse("review"), form)
    assert list(Verdict.objects.values_list("action", "comment")) == [("flag", "why")]


@pytest.mark.parametrize(
    "change",
    [{"title_id": "0"}, {"title_id": "999999"}, {"id": "x"}, {"tab": ""}, {"action": "correct"}, {"action": ""}],
)
def test_review_form_that_is_broken_stores_nothing_and_says_so(web: Client, change: dict):
    queue()
    form = form_of(web.get(reverse("review")).content.decode()) | {"action": "accept"} | change
    response = web.post(reverse("review"), form, follow=True)
    assert (response.status_code, len(list(response.context["messages"]))) == (200, 1)
    assert (Verdict.objects.count(), Annotation.objects.count()) == (0, 0)


def test_review_page_sends_the_signed_out_to_the_sign_in(client: Client, db):
    queue()
    for response in (client.get(reverse("review")), client.post(reverse("review"), {"id": str(uuid4())})):
        assert (response.status_code, response["Location"]) == (
            302,
            f"{reverse('sign_in')}?next={reverse('review')}",
        )
    assert Lease.objects.count() == 0


def test_line_pieces_cut_the_text_at_its_spans():
    text = "🎉 Ana, Rui"
    pieces = line_pieces(text, spans_of(text, ("Ana", "PER", 1.0), ("Rui", "ORG", 0.999)))
    assert [(piece["text"], piece.get("label"), piece.get("share")) for piece in pieces] == [
        ("🎉 ", None, None),
        ("Ana", "PER", "100 %"),
        (", ", None, None),
        ("Rui", "ORG", "99 %"),
    ]


def test_size_of_shrinks_with_length():
    assert [size_of("x" * count) for count in (36, 37, 52, 53, 72, 73, 150, 151)] == [
        "s",
        "m",
        "m",
        "l",
        "l",
        "xl",
        "xl",
        "xxl",
    ]
