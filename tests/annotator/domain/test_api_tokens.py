from datetime import timedelta

import pytest

from annotator.domain.api_tokens import create_client_token, create_own_token, revoke_token
from annotator.enums import Role
from annotator.exceptions import InvalidToken, NotAllowed
from annotator.models import ApiToken, AuditEntry, User
from tests.factories import make_user

WEEK = timedelta(days=7)


def test_token_of_a_client_service_acts_as_its_account(lead):
    token, secret = create_client_token(actor=lead, name="Ticket Site", lifetime=WEEK)

    assert (token.user.username, token.user.role, token.name) == ("client-ticket-site", Role.CLIENT, "Ticket Site")
    assert secret.startswith(token.token_key)
    assert not token.user.has_usable_password()


def test_second_token_of_a_service_is_another_token_of_the_same_account(lead):
    first, first_secret = create_client_token(actor=lead, name="Ticket Site", lifetime=WEEK)
    second, second_secret = create_client_token(actor=lead, name="ticket site", lifetime=None)

    assert first.user == second.user
    assert first_secret != second_secret
    assert second.expiry is None


@pytest.mark.parametrize("name", ["", "—", "?!"])
def test_name_without_a_letter_is_refused(lead, name):
    with pytest.raises(InvalidToken) as caught:
        create_client_token(actor=lead, name=name, lifetime=WEEK)

    assert (caught.value.code, caught.value.field) == ("unusable_name", "name")


@pytest.mark.parametrize("fields", [{"role": Role.REVIEWER}, {"role": Role.CLIENT, "is_active": False}])
def test_account_of_somebody_else_is_never_taken(lead, fields):
    make_user("client-taken", **fields)

    with pytest.raises(InvalidToken) as caught:
        create_client_token(actor=lead, name="taken", lifetime=WEEK)

    assert caught.value.code == "name_taken"
    assert ApiToken.objects.count() == 0


def test_names_in_other_scripts_and_of_any_length_work(lead):
    token, _secret = create_client_token(actor=lead, name="Билеты " * 14, lifetime=WEEK)

    assert token.user.username.startswith("client-билеты-билеты")


def test_own_token_acts_as_the_lead(lead):
    token, _secret = create_own_token(actor=lead, name="notebook", lifetime=WEEK)

    assert token.user == lead


def test_revoked_token_is_gone_and_revoking_twice_is_harmless(lead):
    token, _secret = create_own_token(actor=lead, name="notebook", lifetime=WEEK)

    assert revoke_token(token.digest, actor=lead) is True
    assert revoke_token(token.digest, actor=lead) is False
    assert ApiToken.objects.count() == 0


def test_tokens_are_for_leads(reviewer, lead):
    token, _secret = create_own_token(actor=lead, name="notebook", lifetime=WEEK)

    with pytest.raises(NotAllowed):
        create_client_token(actor=reviewer, name="x", lifetime=WEEK)
    with pytest.raises(NotAllowed):
        create_own_token(actor=reviewer, name="x", lifetime=WEEK)
    with pytest.raises(NotAllowed):
        revoke_token(token.digest, actor=reviewer)
    assert (ApiToken.objects.count(), User.objects.filter(role=Role.CLIENT).count()) == (1, 0)


def test_scopes_are_kept_in_their_order_and_told_in_the_log(lead):
    token, _ = create_own_token(actor=lead, name="prometheus", lifetime=WEEK, scopes=["metrics", "predict"])
    assert token.scopes == ["predict", "metrics"]
    assert AuditEntry.objects.get().details["scopes"] == ["predict", "metrics"]


@pytest.mark.parametrize("create", [create_own_token, create_client_token])
def test_a_scope_that_there_is_not_is_refused(lead, create):
    with pytest.raises(InvalidToken) as caught:
        create(actor=lead, name="shop", lifetime=WEEK, scopes=["predict", "everything"])
    assert (caught.value.code, caught.value.field) == ("unknown_scope", "scopes")
    assert ApiToken.objects.count() == 0
