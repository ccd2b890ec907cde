"""Signing in and out, languages, passwords and tokens."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from annotator.enums import Role
from annotator.models import ApiToken, User
from tests import factories
from tests.annotator.web.pages import cells, words

PASSWORD = "a password for tests"
SECRET = r"lud_[0-9a-f]{64}"


def sign_in(client: Client, user: User, password: str = PASSWORD, **more: str):
    return client.post(reverse("sign_in"), {"username": user.username, "password": password} | more)


def test_sign_in_leads_to_the_review_page(client: Client, reviewer: User):
    response = sign_in(client, reviewer)
    assert (response.status_code, response.url) == (302, reverse("review"))


def test_sign_in_leads_back_to_where_it_was_asked_for_but_not_to_another_site(client: Client, reviewer: User):
    assert sign_in(client, reviewer, next="/queue/").url == "/queue/"
    client.logout()
    assert sign_in(client, reviewer, next="https://elsewhere.example/").url == reverse("review")


def test_sign_in_says_that_the_password_is_wrong_and_keeps_the_name(client: Client, reviewer: User):
    response = sign_in(client, reviewer, "wrong")
    assert "Please enter a correct username and password" in words(response)
    assert 'value="rosa"' in response.content.decode()


def test_accounts_that_are_closed_or_belong_to_services_do_not_sign_in(client: Client, reviewer: User):
    reviewer.is_active = False
    reviewer.save()
    service = User.objects.create(username="client-x", role=Role.CLIENT)
    service.set_unusable_password()
    service.save()
    assert sign_in(client, reviewer).status_code == 200
    assert sign_in(client, service, "").status_code == 200
    assert "_auth_user_id" not in client.session


@override_settings(AXES_ENABLED=True, AXES_FAILURE_LIMIT=3)
def test_too_many_wrong_passwords_pause_the_account_in_our_look(client: Client, reviewer: User):
    for _ in range(3):
        response = sign_in(client, reviewer, "wrong")
    assert response.status_code == 429
    assert "Too many attempts The password was wrong 3 times" in words(response)
    assert sign_in(client, reviewer).status_code == 429


def test_sign_out_ends_the_session(reviewer_client: Client):
    assert reviewer_client.post(reverse("sign_out")).url == reverse("sign_in")
    assert reviewer_client.get(reverse("queue")).status_code == 302


def test_sign_out_is_refused_to_a_link(reviewer_client: Client):
    assert reviewer_client.get(reverse("sign_out")).status_code == 405


def test_home_is_the_review_page_for_reviewers_and_the_queue_for_leads(reviewer_client: Client, lead_client: Client):
    assert reviewer_client.get("/").url == reverse("review")
    assert lead_client.get("/").url == reverse("queue")


def test_htmx_of_someone_signed_out_moves_the_whole_page_to_the_sign_in(client: Client, db: None):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/titles/?text=x"}
    response = client.get(reverse("queue"), headers=headers)
    assert response["HX-Redirect"] == "/sign-in/?next=/titles/%3Ftext%3Dx"


def test_language_chosen_at_the_sign_in_is_spoken_at_once(client: Client, db: None):
    response = client.post(reverse("set_language"), {"language": "nl", "next": "/sign-in/"}, follow=True)
    assert '<html lang="nl">' in response.content.decode()


def test_signing_in_brings_the_users_own_language(client: Client, reviewer: User):
    reviewer.language = "fr"
    reviewer.save()
    response = sign_in(client, reviewer)
    assert response.cookies[settings.LANGUAGE_COOKIE_NAME].value == "fr"
    assert '<html lang="fr">' in client.get(reverse("queue")).content.decode()


def test_account_page_keeps_the_language(reviewer_client: Client, reviewer: User):
    response = reviewer_client.post(reverse("change_language"), {"language": "nl"})
    reviewer.refresh_from_db()
    assert (reviewer.language, response.cookies[settings.LANGUAGE_COOKIE_NAME].value) == ("nl", "nl")
    reviewer_client.post(reverse("change_language"), {"language": ""})
    reviewer.refresh_from_db()
    assert (reviewer.language, settings.LANGUAGE_COOKIE_NAME in reviewer_client.cookies) == ("", True)
    assert reviewer_client.cookies[settings.LANGUAGE_COOKIE_NAME].value == ""


def test_account_page_refuses_a_language_that_is_not_spoken(reviewer_client: Client, reviewer: User):
    response = reviewer_client.post(reverse("change_language"), {"language": "xx"})
    reviewer.refresh_from_db()
    assert (response.status_code, reviewer.language) == (422, "")


def test_password_change_keeps_this_browser_and_signs_out_the_others(reviewer_client: Client, reviewer: User):
    other = Client()
    other.force_login(reviewer)
    fresh = "an even better one"
    data = {"old_password": PASSWORD, "new_password1": fresh, "new_password2": fresh}
    assert reviewer_client.post(reverse("change_password"), data).url == reverse("account")
    assert reviewer_client.get(reverse("account")).status_code == 200
    assert other.get(reverse("account")).status_code == 302


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("wrong", "an even better one", "Your old password was entered incorrectly."),
        (PASSWORD, "12345678", "This password is entirely numeric."),
    ],
)
def test_password_change_says_what_is_wrong(reviewer_client: Client, old: str, new: str, message: str):
    data = {"old_password": old, "new_password1": new, "new_password2": new}
    response = reviewer_client.post(reverse("change_password"), data)
    assert response.status_code == 422
    assert message in words(response)


def token_of(response) -> str:
    return re.search(SECRET, response.content.decode())[0]


def add_token(client: Client, **fields: object):
    return client.post(reverse("add_token"), {"name": "Ticket site", "rights": "client", "days": 30} | fields)


def test_token_is_shown_once_and_stored_as_a_hash(lead_client: Client):
    response = add_token(lead_client)
    secret = token_of(response)
    stored = ApiToken.objects.get()
    assert secret not in (stored.digest, stored.token_key, stored.name)
    assert secret not in lead_client.get(reverse("account")).content.decode()
    assert response["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"


def test_token_of_a_service_belongs_to_an_account_of_its_own(lead_client: Client):
    add_token(lead_client)
    add_token(lead_client, name="ticket  SITE")
    accounts = User.objects.filter(role=Role.CLIENT)
    assert [account.username for account in accounts] == ["client-ticket-site"]
    assert not accounts[0].has_usable_password()
    assert ApiToken.objects.filter(user=accounts[0]).count() == 2


def test_token_works_in_the_api_until_it_is_revoked(lead_client: Client, client: Client):
    authorization = f"Token {token_of(add_token(lead_client, rights='own'))}"
    assert client.get("/api/v1/titles", headers={"Authorization": authorization}).status_code == 200
    digest = ApiToken.objects.get().digest
    for _twice in range(2):
        assert lead_client.post(reverse("remove_token"), {"token": digest}).url == reverse("account")
    assert client.get("/api/v1/titles", headers={"Authorization": authorization}).status_code == 401


def test_token_for_one_thing_only(lead_client: Client, client: Client):
    response = add_token(lead_client, rights="own", scopes=["metrics"])
    assert "figures for Prometheus" in words(response)
    headers = {"Authorization": f"Token {token_of(response)}"}
    assert client.get("/api/v1/metrics", headers=headers).status_code == 200
    assert client.get("/api/v1/titles", headers=headers).status_code == 403


def test_token_expires_when_asked(lead_client: Client):
    add_token(lead_client, days=30)
    add_token(lead_client, days=0)
    month, never = ApiToken.objects.order_by("created")
    assert never.expiry is None
    assert abs(month.expiry - timezone.now() - timedelta(days=30)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "?!"}, "The name needs a letter or a digit."),
        ({"name": "taken"}, "“client-taken” is the account of somebody else."),
        ({"days": 31}, "31 is not one of the available choices."),
    ],
)
def test_token_form_says_what_is_wrong(lead_client: Client, fields: dict, message: str):
    factories.make_user("client-taken")
    response = add_token(lead_client, **fields)
    assert (response.status_code, ApiToken.objects.count()) == (422, 0)
    assert message in words(response)


def test_tokens_are_for_leads(reviewer_client: Client, lead_client: Client):
    add_token(lead_client)
    digest = ApiToken.objects.get().digest
    assert add_token(reviewer_client).status_code == 403
    assert reviewer_client.post(reverse("remove_token"), {"token": digest}).status_code == 403
    assert ApiToken.objects.count() == 1
    assert "API tokens" not in words(reviewer_client.get(reverse("account")))


def test_token_list_names_each_token(lead_client: Client):
    add_token(lead_client)
    name, begins, acts_as, _expires, _action = cells(lead_client.get(reverse("account")))[0]
    assert (name, begins[:4], acts_as) == ("Ticket site", "lud_", "client-ticket-site")
