"""Migration 0011: names stored under an earlier key get the key of today."""

from importlib import import_module

import pytest
from django.apps import apps

from annotator.enums import ArtistState
from annotator.models import Alias, Artist, Mention
from tests.factories import make_annotation, spans_of

pytestmark = pytest.mark.django_db
migration = import_module("annotator.migrations.0011_keys_of_names")


def renew() -> None:
    migration.renew_keys(apps, None)
    migration.renew_keys(apps, None)  # a migration that was killed runs again


def test_an_earlier_key_is_renewed_and_others_stay():
    artist = Artist.objects.create(name="Rag'n'Bone Man", key="ragnboneman")
    alias = Alias.objects.create(artist=artist, name="RAG'N'BONE MAN", key="ragnboneman")
    other = Artist.objects.create(name="Ana Torres", key="anatorres")
    renew()
    for row in (artist, alias, other):
        row.refresh_from_db()
    assert (artist.key, alias.key, other.key) == ("ragandboneman", "ragandboneman", "anatorres")


def test_artists_that_now_share_a_key_become_one_with_all_mentions_and_spellings():
    kept = Artist.objects.create(name="Rag 'n' Bone Man", key="ragandboneman")
    twin = Artist.objects.create(name="Rag'n'Bone Man", key="ragnboneman", state=ArtistState.CONFIRMED)
    Alias.objects.create(artist=twin, name="RAG'N'BONE MAN", key="ragnboneman")
    annotation = make_annotation(spans=[])
    Mention.objects.create(annotation=annotation, artist=twin, start=0, end=5, name="Rag'n'Bone Man")
    renew()
    kept.refresh_from_db()
    assert list(Artist.objects.all()) == [kept]
    assert kept.state == ArtistState.CONFIRMED
    assert Mention.objects.get().artist == kept
    assert sorted(kept.aliases.values_list("name", "key")) == [
        ("RAG'N'BONE MAN", "ragandboneman"),
        ("Rag'n'Bone Man", "ragandboneman"),
    ]


def test_homonyms_stay_apart():
    Artist.objects.create(name="Rag 'n' Bone Man", key="ragandboneman")
    Artist.objects.create(name="Rag'n'Bone Man", key="ragnboneman", note="tribute")
    renew()
    assert sorted(Artist.objects.values_list("key", "note")) == [("ragandboneman", ""), ("ragandboneman", "tribute")]


def test_settled_titles_are_found_by_the_key_of_today():
    annotation = make_annotation(spans=[])
    annotation.title.text = "Rag'n'Bone Man live"
    annotation.title.save()
    annotation.spans = spans_of(annotation.title.text, ("Rag'n'Bone Man", "PER"))
    annotation.save()
    for _ in range(2):
        migration.index_again(apps, None)
    assert list(annotation.surfaces.values_list("key", "label")) == [("ragandboneman", "PER")]
