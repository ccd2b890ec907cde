from uuid import uuid4

import pytest

from annotator.domain.known_names import find_missed_artists
from annotator.domain.leasing import lease_cards
from annotator.domain.queue_order import certainty, cluster_key, keep_runs_together
from annotator.domain.routing import route_predictions
from annotator.enums import ArtistState, QueueReason, QueueStrategy, TitleState
from annotator.models import Annotation, Artist, Prediction, QueueItem
from ner_core.gazetteer import artist_key
from tests.factories import make_model_version, make_prediction, make_queue_item, make_title, spans_of


def make_artist(name, state=ArtistState.CONFIRMED):
    return Artist.objects.create(name=name, key=artist_key(name), state=state)


def read(text, *pieces, confidence=0.7):
    title = make_title(text)
    return make_prediction(title, spans=spans_of(title.text, *pieces), confidence=confidence)


def route(*predictions):
    route_predictions(
        list(Prediction.objects.filter(pk__in=[p.pk for p in predictions]).select_related("title", "model_version"))
    )


def routed(count=300, confidence=0.99):
    route(*(make_prediction(confidence=confidence) for _ in range(count)))


def test_low_needs_two_and_middle_one(db, settings):
    route(low := make_prediction(confidence=0.3), middle := make_prediction(confidence=0.7))
    needed = dict(QueueItem.objects.values_list("prediction", "opinions_needed"))
    assert needed == {low.pk: 2, middle.pk: 1}

    settings.SECOND_OPINION = False
    route(again := make_prediction(confidence=0.3))
    assert QueueItem.objects.get(prediction=again).opinions_needed == 1


def test_a_share_of_what_is_settled_alone_is_audited_and_stays_settled(db, settings):
    settings.AUDIT_SHARE = 0.1
    routed(300)
    audits = QueueItem.objects.all()

    assert 12 <= audits.count() <= 50
    assert set(audits.values_list("reason", "band", "sampling_probability", "title__state")) == {
        (QueueReason.AUDIT, "high", 0.1, TitleState.SETTLED)
    }
    assert Annotation.objects.count() == 300


@pytest.mark.parametrize(("share", "count"), [(0.0, 0), (1.0, 20)])
def test_audit_shares_at_the_ends(share, count, db, settings):
    settings.AUDIT_SHARE = share
    routed(20)

    assert QueueItem.objects.count() == count


def test_routing_again_draws_the_same_audits_and_blind_cards(db, settings):
    settings.AUDIT_SHARE, settings.BLIND_SHARE = 0.3, 0.3
    predictions = [make_prediction(confidence=0.99) for _ in range(60)]
    route(*predictions)
    first = list(QueueItem.objects.order_by("title").values_list("title", "blind"))
    QueueItem.objects.all().delete()
    route(*predictions)

    assert list(QueueItem.objects.order_by("title").values_list("title", "blind")) == first
    assert {blind for _title, blind in first} == {True, False}


def test_titles_that_differ_in_names_and_numbers_are_one_cluster():
    def key(text, *pieces):
        return cluster_key(text, spans_of(text, *pieces))

    one = key("Ana Torres live in Rome 2024", ("Ana Torres", "PER"), ("Rome", "LOC"))
    assert one == key("Bo live in  Oslo 7", ("Bo", "PER"), ("Oslo", "LOC"))
    assert one != key("Ana Torres in Rome 2024", ("Ana Torres", "PER"), ("Rome", "LOC"))


def test_nothing_found_and_missed_artists_make_a_reading_less_certain(db):
    found, nothing = read("Ana Torres tonight", ("Ana Torres", "PER")), read("An evening at home")
    found.outside_risk = 0.5

    assert certainty(found, left_out=False) == pytest.approx(0.6)
    assert certainty(nothing, left_out=False) == pytest.approx(0.5)
    assert certainty(nothing, left_out=True) == pytest.approx(0.2)


def test_known_artists_left_outside_are_found_by_any_spelling(db):
    make_artist("Björk")
    make_artist("The Long Names")
    make_artist("Tonight", ArtistState.PROPOSED)
    make_artist("Nobody", ArtistState.REJECTED)
    texts = ["An evening with BJORK", "The long names live", "Tonight only", "Nobody home"]
    missed = {text: read(text) for text in texts}
    inside = read("Björk at home", ("Björk", "PER"))

    found = find_missed_artists([*missed.values(), inside])

    assert [text for text in texts if missed[text].pk in found] == texts[:2]
    assert inside.pk not in found


def test_missed_risk_brings_a_title_forward(db):
    make_artist("Nadia Blume")
    route(read("Nadia Blume tonight", ("tonight", "DATE")), other := read("Ana Torres today", ("Ana Torres", "PER")))

    assert [item.prediction_id != other.pk for item in QueueItem.objects.order_by("rank")] == [True, False]


def test_look_alikes_do_not_fill_the_front(db):
    alike = [read(f"Ana live {number}", ("Ana", "PER"), confidence=0.62) for number in range(12)]
    others = [read(f"{word} with Ana", ("Ana", "PER"), confidence=0.66) for word in ("Jazz", "Folk", "Rock", "Soul")]
    route(*alike, *others)

    front = list(QueueItem.objects.order_by("rank", "pk").values_list("prediction", flat=True)[:10])
    assert len(set(front) & {prediction.pk for prediction in alike}) == 6


@pytest.mark.parametrize("strategy", QueueStrategy.values)
def test_every_strategy_ranks_everything_the_same_way_twice(strategy, db, settings):
    settings.QUEUE_STRATEGY = strategy
    predictions = [read(f"Title number {number} with Ana", confidence=0.1 + number / 100) for number in range(40)]
    route(*predictions)
    first = list(QueueItem.objects.order_by("title").values_list("title", "rank"))
    QueueItem.objects.all().delete()
    route(*predictions)

    assert list(QueueItem.objects.order_by("title").values_list("title", "rank")) == first
    assert len({rank for _title, rank in first}) > 10


def test_mixed_is_mostly_uncertain_and_the_rest_is_not(db, settings):
    settings.QUEUE_STRATEGY = QueueStrategy.MIXED
    make_model_version("order@1")  # chance follows from its name and the titles
    words = [f"{a}{b}" for a in "abcdefghij" for b in "klmnopqrst"]
    predictions = [read(f"{word} with Ana", ("Ana", "PER"), confidence=0.5) for word in words]
    route(*predictions)

    uncertain = QueueItem.objects.filter(rank=0.5).count()
    assert 45 <= uncertain <= 75


def test_runs_of_an_artist_or_a_template_stay_together(db):
    def item(text, *pieces):
        row = make_queue_item(prediction=read(text, *pieces))
        row.cluster = cluster_key(text, row.prediction.spans)
        return row

    ana = item("Ana Torres tonight", ("Ana Torres", "PER"))
    jazz = item("Jazz in the park")
    ana_again = item("Evening with Ana Torres", ("Ana Torres", "PER"))
    template = item("Bo tonight", ("Bo", "PER"))

    assert keep_runs_together([ana, jazz, ana_again, template]) == [ana, ana_again, template, jazz]


def test_routing_asks_as_often_for_many_as_for_one(db, settings, django_assert_max_num_queries):
    settings.AUDIT_SHARE = 1.0
    make_artist("Ana Torres")
    one, many = [make_prediction(confidence=0.5)], [make_prediction(confidence=0.5) for _ in range(50)]
    with django_assert_max_num_queries(16):
        route(*one)
    with django_assert_max_num_queries(16):
        route(*many)


def test_lending_from_a_thousand_titles_asks_no_more_than_from_twenty(reviewer, django_assert_num_queries, db):
    predictions = [make_prediction() for _ in range(20)]
    titles = [make_title() for _ in range(980)]
    rows = Prediction.objects.bulk_create(
        Prediction(title=title, model_version=predictions[0].model_version, spans=[], confidence=0.5)
        for title in titles
    )
    QueueItem.objects.bulk_create(
        QueueItem(title=row.title, prediction=row, reason="low", band="low", confidence=0.5, rank=number)
        for number, row in enumerate([*predictions, *rows])
    )
    with django_assert_num_queries(8):
        cards = lease_cards(reviewer=reviewer, tab=uuid4())
    assert {card.title_id for card in cards} == {row.title_id for row in predictions}
