from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from annotator import models
from annotator.domain.audit import record
from annotator.domain.datasets import create_snapshot
from annotator.domain.leasing import lease_cards
from annotator.domain.review import record_verdict
from annotator.enums import AuditAction, BulkKind, JobKind
from ner_core.gazetteer import artist_key
from tests.factories import make_annotation, make_artist, make_occurrence, make_queue_item, make_title, make_user

TABLES = list(apps.get_app_config("annotator").get_models())
EDITABLE = {models.User, models.Artist}
INLINE = {models.Alias, models.ExternalId}
DELETABLE = EDITABLE | {models.ApiToken}


@pytest.fixture
def superuser_client(client, db):
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def desk(reviewer, settings, tmp_path):
    """One row at least in every table that the admin shows."""
    settings.SNAPSHOTS_DIR = tmp_path
    title_id = make_queue_item().title_id
    verdict = record_verdict(title_id=title_id, reviewer=reviewer, verdict_id=uuid4(), action="accept")
    make_steps_over_many_titles(verdict)
    models.BandLimits.objects.create(number=1, high=0.9, middle=0.6, set_by=reviewer)
    make_queue_item()
    lease_cards(reviewer=reviewer, tab=uuid4())
    make_occurrence(make_title())
    create_snapshot(actor=reviewer)
    models.Job.objects.create(kind=JobKind.EXPORT, created_by=reviewer)
    models.WorkerHeartbeat.objects.create(hostname="worker@here", seen_at=timezone.now())
    models.ApiToken.objects.create(user=reviewer, name="shop")
    models.ArtistMerge.objects.create(name="Nova", before={}, actor=reviewer)
    pair = make_artist("Nova"), make_artist("Novah")
    models.DistinctArtists.objects.create(first=pair[0], second=pair[1], actor=reviewer)
    version = models.ModelVersion.objects.get()
    models.Comparison.objects.create(candidate=version, against=version, gold_digest="0", titles=1, passed=True)
    models.Promotion.objects.create(version=version)
    record(AuditAction.SIGN_IN, actor=reviewer)
    models.Alert.objects.create(code="queue_age", value=80, limit=72, began_at=timezone.now())
    hook = models.Webhook.objects.create(name="shop", url="https://shop.example/")
    models.Delivery.objects.create(webhook=hook, event="ping", next_at=timezone.now())


def make_steps_over_many_titles(verdict):
    bulk = models.BulkAction.objects.create(id=uuid4(), kind=BulkKind.ACCEPT, actor=verdict.reviewer, count=1)
    models.BulkTitle.objects.create(action=bulk, title=verdict.title, verdict=verdict)
    carried = models.Propagation.objects.create(verdict=verdict, actor=verdict.reviewer, changes=[])
    models.PropagatedTitle.objects.create(
        propagation=carried, title=verdict.title, spans=[], settled=True, before={"reason": "middle"}
    )


def page(model, kind, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{kind}", args=args)


def test_every_table_is_in_the_admin():
    assert {model for model in TABLES if not admin.site.is_registered(model)} == INLINE


@pytest.mark.parametrize("model", [model for model in TABLES if model not in INLINE])
def test_every_list_and_every_row_opens(model, desk, superuser_client):
    row = model.objects.first()

    assert superuser_client.get(page(model, "changelist")).status_code == 200
    assert superuser_client.get(page(model, "change", row.pk)).status_code == 200


@pytest.mark.parametrize("model", [model for model in TABLES if model not in EDITABLE | INLINE])
def test_what_the_domain_writes_cannot_be_changed_here(model, desk, superuser_client):
    row = model.objects.first()

    answers = [superuser_client.post(page(model, kind, *args)) for kind, args in (("add", ()), ("change", (row.pk,)))]
    assert [answer.status_code for answer in answers] == [403, 403]
    if model not in DELETABLE:
        assert superuser_client.post(page(model, "delete", row.pk), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_ask_as_often_for_one_row_as_for_three(rows, superuser_client, django_assert_max_num_queries):
    for _ in range(rows):
        make_annotation()

    with django_assert_max_num_queries(8):
        superuser_client.get(page(models.Mention, "changelist"))


def test_a_reviewer_is_sent_to_the_sign_in(client, reviewer):
    client.force_login(reviewer)

    assert client.get(page(models.Title, "changelist")).status_code == 302


def artist_form(**fields):
    inlines = ("aliases", "external_ids")
    counts = ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS")
    aliases = {f"{inline}-{name}": 0 for inline in inlines for name in counts}
    return (
        {"name": "Nova Star", "note": "", "kind": "group", "country": "", "state": "confirmed", "remarks": ""}
        | aliases
        | fields
    )


def test_an_artist_entered_here_gets_its_key(superuser_client):
    alias = {"aliases-TOTAL_FORMS": 1, "aliases-0-name": "Stella Nova"}
    answer = superuser_client.post(page(models.Artist, "add"), artist_form(**alias))

    artist = models.Artist.objects.get()
    assert (answer.status_code, artist.key, artist.source) == (302, artist_key("Nova Star"), "person")
    assert list(artist.aliases.values_list("name", "key", "source")) == [
        ("Stella Nova", artist_key("Stella Nova"), "person")
    ]


def test_a_renamed_artist_gets_the_key_of_its_new_name(superuser_client):
    artist = models.Artist.objects.create(name="Nova", key="nova")
    superuser_client.post(page(models.Artist, "change", artist.pk), artist_form())

    artist.refresh_from_db()
    assert (artist.name, artist.key) == ("Nova Star", artist_key("Nova Star"))


def test_a_second_artist_of_the_same_name_needs_a_note(superuser_client):
    models.Artist.objects.create(name="NOVA STAR", key=artist_key("Nova Star"))

    refused = superuser_client.post(page(models.Artist, "add"), artist_form())
    assert (refused.status_code, models.Artist.objects.count()) == (200, 1)
    superuser_client.post(page(models.Artist, "add"), artist_form(note="from Oslo"))
    assert models.Artist.objects.count() == 2


@pytest.mark.parametrize("name", ["  ", "ﷺ" * 300])
def test_a_name_without_a_usable_key_is_refused(superuser_client, name):
    assert superuser_client.post(page(models.Artist, "add"), artist_form(name=name)).status_code == 200
    assert models.Artist.objects.count() == 0
