import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from rest_framework.test import APIClient

from annotator.models import ApiToken, User
from tests.factories import make_user


def create_token(*arguments):
    """What the command prints: the token, and what it says of it."""
    out, err = io.StringIO(), io.StringIO()
    call_command("create_token", *arguments, stdout=out, stderr=err)
    return out.getvalue().strip(), err.getvalue().strip()


def status_with(secret):
    return APIClient().get("/api/v1/artists", HTTP_AUTHORIZATION=f"Token {secret}").status_code


def test_the_token_is_printed_alone_and_works(db):
    secret, said = create_token("Ticket Shop")

    assert secret.startswith("lud_")
    assert said == "A token that acts as client-ticket-shop. It is shown this once:"
    assert status_with(secret) == 200
    assert not ApiToken.objects.filter(digest=secret).exists()


def test_twice_is_two_tokens_of_one_account(db):
    secrets = {create_token("Ticket Shop")[0] for _ in range(2)}

    assert len(secrets) == 2
    account = User.objects.get()
    assert (account.role, account.has_usable_password(), account.auth_token_set.count()) == ("client", False, 2)


def test_a_token_may_act_as_a_lead(lead):
    secret, said = create_token("scraper", "--user", "lena")

    assert said == "A token that acts as lena. It is shown this once:"
    response = APIClient().get("/api/v1/metrics", HTTP_AUTHORIZATION=f"Token {secret}")
    assert response.status_code == 200


def test_a_token_expires_when_asked_to(db):
    secret, _ = create_token("shop", "--expires", "30")

    left = ApiToken.objects.get().expiry - timezone.now()
    assert timedelta(days=29, hours=23) < left <= timedelta(days=30)
    assert status_with(secret) == 200


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["…"], "The name needs a letter or a digit."),
        ([""], "a name has 1 to 100 printable characters"),
        (["x" * 101], "a name has 1 to 100 printable characters"),
        (["a\x00b"], "a name has 1 to 100 printable characters"),
        (["shop", "--expires", "0"], "a whole number of days from 1 to 36500"),
        (["shop", "--expires", "soon"], "a whole number of days from 1 to 36500"),
        (["shop", "--expires", "9" * 30], "a whole number of days from 1 to 36500"),
        (["shop", "--user", "nobody"], "There is no active user named nobody."),
        (["shop", "--user", "rosa"], "Only leads manage tokens."),
        (["taken"], "“client-taken” is the account of somebody else."),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_made(reviewer, arguments, reason):
    make_user("client-taken")

    with pytest.raises(CommandError, match=reason):
        create_token(*arguments)
    assert ApiToken.objects.count() == 0
