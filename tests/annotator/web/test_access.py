"""Who sees which page."""

import pytest
from django.test import Client
from django.urls import reverse

from annotator.enums import Role
from tests import factories

PAGES = ["account", "review_keys", "queue", "health", "titles", "artists", "artist_care", "guidelines"]
LEAD_PAGES = ["flagged", "batches", "exports", "quality"]


@pytest.mark.parametrize("name", [*PAGES, *LEAD_PAGES, "home"])
def test_page_sends_strangers_to_the_sign_in(client: Client, db: None, name: str) -> None:
    response = client.get(reverse(name))
    assert (response.status_code, response.url) == (302, f"{reverse('sign_in')}?next={reverse(name)}")


@pytest.mark.parametrize("name", PAGES)
def test_page_opens_for_reviewers(reviewer_client: Client, name: str) -> None:
    assert reviewer_client.get(reverse(name)).status_code == 200


@pytest.mark.parametrize("name", LEAD_PAGES)
def test_lead_page_is_refused_to_reviewers_in_our_look(reviewer_client: Client, name: str) -> None:
    response = reviewer_client.get(reverse(name))
    assert response.status_code == 403
    assert "Not for your role" in response.content.decode()


@pytest.mark.parametrize("name", LEAD_PAGES)
def test_lead_page_opens_for_leads(lead_client: Client, name: str) -> None:
    assert lead_client.get(reverse(name)).status_code == 200


@pytest.mark.parametrize("name", [*PAGES, *LEAD_PAGES, "home", "review"])
def test_page_is_refused_to_client_services(client: Client, db: None, name: str) -> None:
    client.force_login(factories.make_user(role=Role.CLIENT))
    assert client.get(reverse(name)).status_code == 403


def test_review_json_is_refused_to_client_services(client: Client, db: None) -> None:
    service = factories.make_user(role=Role.CLIENT)
    client.force_login(service)
    response = client.post(reverse("review_cards"), {"user": service.pk}, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (403, "not_staff")
