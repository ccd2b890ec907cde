"""How much there is to train on."""

from annotator.domain.queries import models_page
from annotator.domain.queries.models_page import Stock, stock
from tests.factories import make_annotation, make_title


def test_the_stock_is_counted_and_of_very_many_titles_estimated(db, monkeypatch, settings):
    settings.DEV_SHARE = 0.0
    for number in range(6):
        make_annotation(make_title(f"Ana {number} in Rome"), spans=[])
    assert stock() == Stock(train=6, dev=0, gold=0)
    monkeypatch.setattr(models_page, "MOST_SIDED", 2)
    assert stock() == Stock(train=6, dev=0, gold=0, estimated=True)


def test_the_stock_of_an_empty_desk_is_nothing(db):
    assert stock() == Stock(train=0, dev=0, gold=0)
