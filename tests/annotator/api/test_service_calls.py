"""Calls with a token go past what only browsers need; everything else goes the way of the pages."""

import pytest

from annotator.models import ApiToken
from annotator.web.service_calls import POLICY, is_service_call
from tests.factories import make_artist

ARTISTS = "/api/v1/artists"


@pytest.mark.parametrize(
    ("path", "credentials", "expected"),
    [
        (ARTISTS, "Token lud_1", True),
        ("/extract_from_realtime", "token lud_1", True),
        (ARTISTS, "", False),
        (ARTISTS, "Basic dTpw", False),
        (ARTISTS, "Tokens lud_1", False),
        ("/api/docs/", "Token lud_1", False),
        ("/titles/", "Token lud_1", False),
        ("/admin/", "Token lud_1", False),
    ],
)
def test_only_calls_of_the_api_that_bring_a_token_are_service_calls(rf, path, credentials, expected):
    request = rf.get(path, HTTP_AUTHORIZATION=credentials) if credentials else rf.get(path)
    assert is_service_call(request) is expected


def test_a_session_beside_a_token_is_not_looked_at(client_for, reviewer, lead):
    """The token decides, also where the browser's session could do more; a wrong token is not saved by a good session."""
    client = client_for(reviewer)
    client.cookies = signed_in(client_for, lead)
    assert client.get("/api/v1/snapshots").status_code == 403
    ApiToken.objects.all().delete()
    assert client.get(ARTISTS).status_code == 401


def signed_in(client_for, user):
    browser = client_for(None)
    browser.force_login(user)
    return browser.cookies


def test_the_answer_to_a_service_has_the_headers_of_every_answer_and_sets_no_cookie(service, leader):
    make_artist("Ana Torres")
    response = service.get(ARTISTS, HTTP_ACCEPT_LANGUAGE="fr")
    assert response.headers["Content-Security-Policy"] == POLICY
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["Permissions-Policy"].startswith("accelerometer=()")
    assert response.headers["Content-Length"] == str(len(response.content))
    assert response.headers["Content-Language"] == "fr"
    assert not response.cookies


def test_a_browser_without_a_token_is_asked_for_its_csrf_token_as_ever(client_for, reviewer):
    client = client_for(None, enforce_csrf_checks=True)
    client.force_login(reviewer)
    assert client.send(ARTISTS, {"name": "Ana Torres"}).status_code == 403


@pytest.mark.parametrize("path", ["/", "/titles/", "/queue/"])
def test_a_token_opens_no_page(service, path):
    response = service.generic("GET", path)
    assert response.status_code == 302
    assert "sign-in" in response.headers["Location"]
