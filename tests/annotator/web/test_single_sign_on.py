"""Signing in at another service, and everything that must not let anybody in."""

import time
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse
from joserfc.jwk import RSAKey
from pytest_django import Settings

from annotator.domain.single_sign_on import account_for
from annotator.enums import AuditAction, Role
from annotator.models import AuditEntry, User
from tests.annotator.web.pages import words
from tests.factories import make_user
from tests.races import run_at_once
from tests.sign_in_service import CLIENT_ID, CLIENT_SECRET, SignInService, running_sign_in_service

pytestmark = pytest.mark.django_db
ANA = {"sub": "u-1", "email": "ana@desk.example", "email_verified": True, "preferred_username": "ana"}


@pytest.fixture(scope="module")
def running() -> Iterator[SignInService]:
    with running_sign_in_service() as service:
        yield service


@pytest.fixture
def service(running: SignInService, settings: Settings) -> SignInService:
    running.claims, running.wrong = dict(ANA), {}
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = (
        running.issuer,
        CLIENT_ID,
        CLIENT_SECRET,
    )
    settings.OIDC_NAME, settings.OIDC_ROLES = "Example ID", {"desk-leads": "lead", "desk": "reviewer"}
    return running


def sign_in(client: Client, service: SignInService, **query: str):
    away = client.get(reverse("single_sign_on"), query)
    assert away.status_code == 302
    assert away.url.startswith(f"{service.issuer}/authorize?")
    return client.get(service.agree(away.url))


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_who_has_an_account_comes_in_with_it(client: Client, service: SignInService, settings: Settings):
    settings.OIDC_ROLES = {}
    ana = make_user("a.torres", email="ANA@desk.example", role=Role.LEAD)
    assert sign_in(client, service, next="/quality/").url == "/quality/"
    assert client.session["_auth_user_id"] == str(ana.pk)
    ana.refresh_from_db()
    assert (ana.oidc_subject, ana.role) == ("u-1", Role.LEAD)
    assert AuditEntry.objects.filter(action=AuditAction.SIGN_IN, actor=ana).exists()
    service.claims |= {"email": "new@desk.example", "email_verified": False}
    sign_in(Client(), service)
    assert User.objects.get().email == "ana@desk.example", "known by sub from now on; what is not verified is not taken"


def test_groups_decide_the_role_at_every_sign_in(client: Client, service: SignInService):
    make_user("ana")
    service.claims |= {"groups": ["desk", "desk-leads", "other"], "given_name": "Ana"}
    assert sign_in(client, service).url == reverse("home")
    account = User.objects.get(oidc_subject="u-1")
    assert (account.username, account.role, account.first_name) == ("ana-2", Role.LEAD, "Ana")
    assert not account.has_usable_password()
    service.claims |= {"groups": "desk"}
    sign_in(Client(), service)
    account.refresh_from_db()
    assert account.role == Role.REVIEWER
    changed = AuditEntry.objects.filter(action=AuditAction.USER_CHANGED).order_by("pk").last()
    assert (changed.details["fields"], changed.details["role"]) == (["role"], "reviewer")


@pytest.mark.parametrize(
    ("roles", "claims", "told"),
    [
        ({"desk": "reviewer"}, {"groups": ["other"]}, "None of your groups has a role here."),
        ({"desk": "reviewer"}, {}, "None of your groups has a role here."),
        ({}, {}, "You have no account here."),
        ({}, {"email": "rosa@desk.example", "email_verified": False}, "You have no account here."),
        ({}, {"email": "rosa@desk.example", "email_verified": "true"}, "You have no account here."),
        ({}, {"email": "closed@desk.example"}, "Your account here is closed."),
        ({}, {"email": "client@desk.example"}, "You have no account here."),
        ({}, {"email": "two@desk.example"}, "You have no account here."),
    ],
)
def test_who_stays_outside(client: Client, service: SignInService, settings: Settings, roles, claims, told):
    settings.OIDC_ROLES = roles
    make_user("rosa", email="rosa@desk.example")
    make_user("closed", email="closed@desk.example", is_active=False)
    make_user("client-shop", email="client@desk.example", role=Role.CLIENT)
    for name in ("one", "other"):
        make_user(name, email="two@desk.example")
    service.claims |= claims
    before = User.objects.count()
    refused = sign_in(client, service)
    assert refused.url == reverse("sign_in")
    assert told in words(client.get(refused.url))
    assert not signed_in(client)
    assert User.objects.count() == before
    assert AuditEntry.objects.filter(action=AuditAction.SIGN_IN_FAILED).count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"claims": {"iss": "https://evil.example"}},
        {"claims": {"aud": "another-desk"}},
        {"claims": {"nonce": "another"}},
        {"claims": {"exp": int(time.time()) - 400}},
        {"key": RSAKey.generate_key(2048, {"kid": "1", "use": "sig", "alg": "RS256"})},
    ],
)
def test_a_token_that_is_not_for_us_or_not_from_there(client: Client, service: SignInService, wrong: dict):
    service.claims |= {"groups": ["desk"]}
    service.wrong = wrong
    refused = sign_in(client, service)
    assert "That did not work. Try again." in words(client.get(refused.url))
    assert not signed_in(client)
    assert not User.objects.exists()


def test_an_answer_that_this_browser_did_not_ask_for(client: Client, service: SignInService):
    """Somebody else's link back would sign the victim in as the attacker."""
    service.claims |= {"groups": ["desk"]}
    away = Client().get(reverse("single_sign_on"))
    client.get(service.agree(away.url))
    for query in ({}, {"error": "access_denied"}, {"code": "x", "state": "y"}):
        assert client.get(reverse("single_sign_on_back"), query).url == reverse("sign_in")
    assert not signed_in(client)


def test_strangers_cannot_fill_the_audit_log(client: Client, service: SignInService):
    for _ in range(3):
        client.get(reverse("single_sign_on_back"), {"code": "x", "state": "y"})
    assert not AuditEntry.objects.exists()


def test_no_group_makes_or_unmakes_who_opens_the_administration(client: Client, service: SignInService):
    root = make_user("root", email="ana@desk.example", is_superuser=True, is_staff=True)
    service.claims |= {"groups": ["desk"]}
    refused = sign_in(client, service)
    assert "sign in with its password" in words(client.get(refused.url))
    root.refresh_from_db()
    assert (root.is_superuser, root.oidc_subject, signed_in(client)) == (True, "", False)


@pytest.mark.parametrize("groups", [7, {"desk": 1}, None, True])
def test_groups_that_are_no_list_are_no_groups(client: Client, service: SignInService, groups):
    service.claims |= {"groups": groups}
    assert sign_in(client, service).url == reverse("sign_in")


def test_names_that_no_database_takes(client: Client, service: SignInService):
    service.claims |= {
        "groups": "desk",
        "preferred_username": "a\x00na\u202e" + "x" * 500,
        "given_name": "A\x00na",
        "email": "a\x00@b.example",
    }
    sign_in(client, service)
    account = User.objects.get()
    assert (account.username[:4], account.first_name, account.email) == ("anax", "Ana", "a@b.example")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("subjects", [("u-1", "u-1"), ("u-1", "u-2")])
def test_two_first_sign_ins_at_once(settings: Settings, subjects):
    settings.OIDC_ROLES = {"desk": "reviewer"}
    claims = [{"sub": subject, "preferred_username": "ana", "groups": ["desk"]} for subject in subjects]
    found = run_at_once(*(lambda one=one: account_for(one) for one in claims))
    assert {account.oidc_subject for account in found} == set(subjects)
    assert User.objects.count() == len(set(subjects))


def test_an_answer_counts_once(client: Client, service: SignInService):
    service.claims |= {"groups": ["desk"]}
    back = service.agree(client.get(reverse("single_sign_on")).url)
    client.get(back)
    client.logout()
    client.get(back)
    assert not signed_in(client)


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example/", "abc", "sign_out", "/\\evil.example"])
def test_it_leads_to_our_own_pages_only(client: Client, service: SignInService, wanted: str):
    service.claims |= {"groups": ["desk"]}
    assert sign_in(client, service, next=wanted).url == reverse("home")


def test_a_service_that_is_away(client: Client, service: SignInService, settings: Settings):
    settings.OIDC_ISSUER = "http://127.0.0.1:1"
    refused = client.get(reverse("single_sign_on"))
    assert "The sign-in service does not answer." in words(client.get(refused.url))


def test_the_sign_in_page_offers_it_where_there_is_one(client: Client, service: SignInService, settings: Settings):
    page = client.get(reverse("sign_in"), {"next": "/queue/?a=1&b=2"})
    assert "Sign in with Example ID" in words(page)
    assert f'href="{reverse("single_sign_on")}?next=/queue/%3Fa%3D1%26b%3D2"' in page.text
    settings.OIDC_ISSUER = ""
    assert "Example ID" not in words(client.get(reverse("sign_in")))
    assert client.get(reverse("single_sign_on")).status_code == 404
