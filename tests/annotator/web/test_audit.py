"""The page of the audit log."""

import csv
import io

import pytest
from django.test import Client
from django.urls import reverse

from annotator.domain.audit import record
from annotator.enums import AuditAction
from annotator.models import AuditEntry, User
from tests.annotator.web.pages import count_queries, words
from tests.factories import make_title, make_user


def test_the_page_tells_who_did_what(lead_client: Client, lead: User):
    record(AuditAction.ADJUDICATED, actor=lead, subject=make_title("<b>Ana</b> in Rome"), note="so")
    answer = lead_client.get(reverse("audit"))
    assert "&lt;b&gt;Ana&lt;/b&gt; in Rome" in answer.text
    assert "lena settled a difference" in words(answer)
    assert "note: so" in words(answer)


@pytest.mark.parametrize("name", ["audit", "export_audit"])
def test_reviewers_and_strangers_see_nothing_of_it(reviewer_client: Client, client: Client, name: str):
    assert reviewer_client.get(reverse(name)).status_code == 403
    assert client.get(reverse(name)).status_code == 302


def test_filters_and_what_makes_no_sense(lead_client: Client, lead: User):
    record(AuditAction.SIGN_IN, actor=lead)
    record(AuditAction.LIMITS_SET, actor=lead, high=0.9)
    found = words(lead_client.get(reverse("audit"), {"action": "limits_set", "actor": "lena", "first": "2020-01-01"}))
    assert "set the limits of the bands high: 0.9" in found
    assert "signed in" not in found.partition("Address")[2]
    assert lead_client.get(reverse("audit"), {"action": "nonsense", "first": "x", "after": "y"}).status_code == 200
    assert "Nothing found" in words(lead_client.get(reverse("audit"), {"last": "2020-01-01"}))


def test_the_queries_do_not_grow_with_the_entries(lead_client: Client, lead: User):
    record(AuditAction.SIGN_IN, actor=lead)
    one = count_queries(lead_client, reverse("audit"))
    for number in range(3):
        record(AuditAction.SIGN_IN, actor=make_user(f"rosa{number}"))
    assert count_queries(lead_client, reverse("audit")) == one


def test_the_file_holds_all_of_it_without_formulas_and_is_itself_told(lead_client: Client, lead: User):
    for number in range(60):
        record(AuditAction.SIGN_IN_FAILED, actor=None, username=f"=cmd{number}")
    record(AuditAction.ADJUDICATED, actor=lead, subject=make_title("=1+1"))
    answer = lead_client.get(reverse("export_audit"))
    body = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(body)))
    assert len(rows) == 63  # the download is the newest, the lead's sign-in the oldest
    assert (rows[0]["action"], rows[1]["subject_name"]) == ("audit_exported", "'=1+1")
    assert answer["Content-Disposition"].startswith('attachment; filename="audit-')


def test_signing_in_and_failing_to_are_told_with_the_address(client: Client, db: None, settings):
    settings.AXES_ENABLED = True
    user = make_user("lena")
    user.set_password("a long password")
    user.save()
    client.post(reverse("sign_in"), {"username": "lena", "password": "wrong"}, REMOTE_ADDR="192.0.2.9")
    client.post(reverse("sign_in"), {"username": "lena", "password": "a long password"}, REMOTE_ADDR="192.0.2.9")
    failed, signed_in = AuditEntry.objects.order_by("pk")
    assert (failed.action, failed.actor, failed.details["username"]) == ("sign_in_failed", None, "lena")
    assert (signed_in.action, signed_in.actor) == ("sign_in", user)
    assert {failed.address, signed_in.address} == {"192.0.2.9"}
    assert "wrong" not in str(failed.details)


def test_an_account_changed_in_the_admin_is_told(client: Client, db: None):
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    rosa = make_user("rosa")
    address = reverse("admin:annotator_user_change", args=[rosa.pk])
    form = client.get(address).context["adminform"].form
    values = {name: value for name, value in form.initial.items() if value is not None and name != "last_login"}
    values |= {"role": "lead", "date_joined_0": "2026-01-01", "date_joined_1": "10:00", "review_keys": "{}"}
    answer = client.post(address, values)
    assert answer.status_code == 302, answer.context["errors"]
    entry = AuditEntry.objects.get(action="user_changed")
    assert (entry.subject_name, entry.details["role"]) == ("rosa", "lead")
    assert "role" in entry.details["fields"]
