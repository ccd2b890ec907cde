"""Queries whose SQL is written once."""

import pytest

from annotator.models import Artist, BandLimits, Prepared
from tests.factories import make_user

KEYS = ["pink", "a'b\"c", "é%s"]


@pytest.fixture
def named():
    return Prepared(lambda keys: Artist.objects.filter(key__any_of=keys).values_list("key", "state", "created_at"))


@pytest.fixture
def artists(db):
    return [Artist.objects.create(name=key, key=key) for key in [*KEYS, "other"]]


def test_the_rows_are_those_of_the_query_set_whatever_the_keys_are(named, artists, django_assert_num_queries):
    for keys in (KEYS, ["pink"], ["nobody"], [], ["stands in for the keys"]):
        expected = Artist.objects.filter(key__in=keys).values_list("key", "state", "created_at")
        with django_assert_num_queries(1):
            found = named.rows(keys)
        assert sorted(map(tuple, found)) == sorted(expected)


def test_what_changes_between_two_calls_is_seen(named, artists):
    assert len(named.rows(["pink"])) == 1
    Artist.objects.filter(key="pink").update(state="rejected")
    assert named.rows(["pink"])[0][1] == "rejected"
    Artist.objects.filter(key="pink").delete()
    assert named.rows(["pink"]) == []


def test_values_come_as_the_fields_give_them_and_two_look_ups_get_the_same_keys(artists):
    BandLimits.objects.create(number=1, high=0.9, middle=0.5, high_per_label={"PER": 0.95}, set_by=make_user())
    limits = Prepared(lambda _keys: BandLimits.objects.values_list("high", "high_per_label"))
    assert limits.rows() == [[0.9, {"PER": 0.95}]]

    twice = Prepared(
        lambda keys: (
            Artist.objects.filter(key__any_of=keys)
            .values_list("key")
            .union(Artist.objects.filter(name__any_of=keys).values_list("name"), all=True)
        )
    )
    assert twice.rows(["pink"]) == [["pink"], ["pink"]]
