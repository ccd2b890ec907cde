"""What is kept about a person, and taking out who it was."""

import json
from io import StringIO
from uuid import uuid4

import pytest
from axes.models import AccessAttempt
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from annotator.domain.api_tokens import create_own_token
from annotator.domain.leasing import lease_cards
from annotator.domain.people import erase_person, person_records
from annotator.domain.review import record_verdict
from annotator.exceptions import NotAllowed
from annotator.models import ApiToken, AuditEntry, Lease, User, Verdict
from tests.factories import make_queue_item, make_title, make_user
from tests.races import run_at_once


@pytest.fixture
def lena(db: None) -> User:
    """A lead who has left traces everywhere."""
    lena = make_user("lena", role="lead", first_name="Lena", email="lena@desk.example", review_keys={"accept": ["j"]})
    record_verdict(
        title_id=make_queue_item(make_title("Ana in Rome")).title_id,
        reviewer=lena,
        verdict_id=uuid4(),
        action="nothing",
    )
    make_queue_item()
    lease_cards(reviewer=lena, tab=uuid4())
    create_own_token(actor=lena, name="mine", lifetime=None)
    AccessAttempt.objects.create(username="lena", ip_address="192.0.2.1", user_agent="Firefox", failures_since_start=1)
    return lena


def test_everything_that_is_kept_is_told_and_no_secret(lena):
    rows = list(person_records(lena))
    assert json.loads(json.dumps(rows)) == rows
    assert [row["kind"] for row in rows] == ["account", "sign_in", "token", "audit", "verdict"]
    assert (rows[0]["email"], rows[1]["address"], rows[4]["title"]) == ("lena@desk.example", "192.0.2.1", "Ana in Rome")
    assert lena.password not in str(rows)
    assert ApiToken.objects.get().digest not in str(rows)


def test_erasing_takes_out_who_it_was_and_leaves_the_work(lena, lead_of_lead):
    browser = Client()
    browser.force_login(lena)
    assert [erase_person(lena, actor=lead_of_lead), erase_person(lena, actor=lead_of_lead)] == [f"erased-{lena.pk}"] * 2
    lena.refresh_from_db()
    assert (lena.username, lena.first_name, lena.email, lena.is_active) == (f"erased-{lena.pk}", "", "", False)
    assert not lena.has_usable_password()
    assert not ApiToken.objects.exists()
    assert not AccessAttempt.objects.exists()
    assert not Lease.objects.exists()
    assert Verdict.objects.get().reviewer == lena
    assert browser.get(reverse("queue")).status_code == 302
    entry = AuditEntry.objects.get(action="person_erased")
    assert (entry.actor, entry.subject_name) == (lead_of_lead, f"erased-{lena.pk}")
    everything = str(list(User.objects.values())) + str(list(AuditEntry.objects.values()))
    assert "desk.example" not in everything


@pytest.fixture
def lead_of_lead(db: None) -> User:
    return make_user("root", role="admin", is_superuser=True)


def test_only_leads_erase_and_never_the_last_administrator(lena, lead_of_lead):
    with pytest.raises(NotAllowed):
        erase_person(lena, actor=make_user("rosa"))
    with pytest.raises(NotAllowed) as refused:
        erase_person(lead_of_lead, actor=lead_of_lead)
    assert refused.value.code == "last_admin"
    lena.refresh_from_db()
    assert lena.username == "lena"


@pytest.mark.django_db(transaction=True)
def test_two_at_once_are_one_erasure():
    lena, root = make_user("lena"), make_user("root", role="admin", is_superuser=True)
    names = run_at_once(lambda: erase_person(lena, actor=root), lambda: erase_person(lena, actor=root))
    assert set(names) == {f"erased-{lena.pk}"}
    assert AuditEntry.objects.filter(action="person_erased").count() == 1


def test_the_command_tells_and_erases(lena, monkeypatch):
    out = StringIO()
    call_command("person", "export", "lena", stdout=out)
    assert json.loads(out.getvalue().splitlines()[0])["username"] == "lena"
    monkeypatch.setattr("builtins.input", lambda _question: "somebody else")
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("person", "erase", "lena")
    call_command("person", "erase", "lena", "--yes", stdout=out)
    assert f"called erased-{lena.pk} now" in out.getvalue()
    with pytest.raises(CommandError, match="no account"):
        call_command("person", "export", "lena")
