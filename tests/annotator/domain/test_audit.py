"""The log of who did what: written with what it tells of, and never changed."""

import importlib
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from annotator.domain.api_tokens import create_client_token, revoke_token
from annotator.domain.artist_merges import merge_artists, undo_merge
from annotator.domain.artist_states import set_artist_state
from annotator.domain.audit import find_entries, origin, record
from annotator.domain.band_limits import current_limits, set_limits
from annotator.domain.bulk import assign_titles
from annotator.domain.bulk_undo import undo_bulk_action
from annotator.domain.training_options import TrainingOptions
from annotator.enums import AuditAction
from annotator.exceptions import NotAllowed
from annotator.jobs import start_export
from annotator.models import AuditEntry
from tests.factories import make_artist, make_queue_item, make_title, make_user

append_only = importlib.import_module("annotator.migrations.0019_audit_log_is_append_only")


def told(**criteria: object) -> list[tuple]:
    return [
        (entry.actor and entry.actor.username, entry.action, entry.subject_name) for entry in find_entries(**criteria)
    ]


def test_an_entry_tells_who_what_to_what_and_from_where(lead):
    token = origin.set("192.0.2.7")
    try:
        record(AuditAction.ADJUDICATED, actor=lead, subject=make_title("Ana in Rome"), note="so")
    finally:
        origin.reset(token)
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.subject_kind, entry.subject_name) == (
        lead,
        "adjudicated",
        "title",
        "Ana in Rome",
    )
    assert (entry.details, entry.address) == ({"note": "so"}, "192.0.2.7")


def test_what_is_refused_or_undone_with_its_transaction_leaves_no_entry(reviewer, lead):
    with pytest.raises(NotAllowed):
        create_client_token(actor=reviewer, name="shop", lifetime=None)

    def fail() -> None:
        with transaction.atomic():
            create_client_token(actor=lead, name="shop", lifetime=None)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not AuditEntry.objects.exists()


def test_tokens_are_told_without_their_secret(lead):
    token, secret = create_client_token(actor=lead, name="shop", lifetime=timedelta(days=30))
    assert [revoke_token(token.digest, actor=lead), revoke_token(token.digest, actor=lead)] == [True, False]
    revoked, made = find_entries()
    assert (made.action, revoked.action) == ("token_made", "token_revoked")
    assert made.details == {"name": "shop", "token": token.token_key, "user": "client-shop", "days": 30}
    assert secret not in str(made.details) + str(revoked.details)


def test_what_leads_do_is_told_once_however_often_they_press(lead):
    first, second, merge_id = make_artist("Nova Star"), make_artist("Nova Starr"), uuid4()
    for _press in range(2):
        merge_artists(second.pk, into_id=first.pk, merge_id=merge_id, actor=lead)
    for _press in range(2):
        undo_merge(merge_id, actor=lead)
        set_artist_state(first, state="confirmed", actor=lead)
    set_limits(current_limits().__class__(0.95, 0.5, {}, current_limits().number), lead=lead, note="stricter")
    bulk = assign_titles(uuid4(), title_ids=[make_queue_item().title_id], assignee=make_user("rosa"), actor=lead)
    for _press in range(2):
        undo_bulk_action(bulk.pk, actor=lead)
    start_export(fmt="jsonl", sources=None, actor=lead)
    assert [entry.action for entry in find_entries()][::-1] == [
        "artists_joined", "join_undone", "artist_state", "limits_set", "bulk_done", "bulk_undone", "export_started",
    ]  # fmt: skip


def test_entries_are_found_by_person_action_and_time(lead):
    record(AuditAction.SIGN_IN, actor=lead)
    record(AuditAction.SIGN_IN_FAILED, actor=None, username="lena")
    record(AuditAction.SIGN_IN_FAILED, actor=None, username="root")
    assert [row[1] for row in told(actor="lena")] == ["sign_in_failed", "sign_in"]
    assert told(action="sign_in") == [("lena", "sign_in", "")]
    assert told(since=timezone.now()) == []
    assert len(told(until=timezone.now())) == 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_database_refuses_to_change_or_remove_an_entry(change):
    record(AuditAction.SIGN_IN, actor=make_user("lena"))
    with connection.schema_editor() as editor:
        append_only.guard(None, editor)
    try:
        change_all = {"update": lambda rows: rows.update(action="sign_in_failed"), "delete": lambda rows: rows.delete()}
        with pytest.raises(DatabaseError, match="append-only"):
            change_all[change](AuditEntry.objects.all())
        assert AuditEntry.objects.get().action == "sign_in"
    finally:
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("DROP TRIGGER audit_no_delete")  # see conftest.py


def test_a_training_is_told(lead, settings, monkeypatch):
    from annotator.domain import training_schedule

    monkeypatch.setattr(training_schedule, "check_options", lambda _options: None)
    training_schedule.open_training(TrainingOptions(), actor=lead)
    assert told() == [("lena", "training_started", AuditEntry.objects.get().subject_name)]
