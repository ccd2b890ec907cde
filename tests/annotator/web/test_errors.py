"""What went wrong, in our look."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.annotator.web.pages import words


def test_404_is_our_page_with_a_way_back(reviewer_client: Client):
    response = reviewer_client.get("/nothing/here/")
    assert response.status_code == 404
    assert "Nothing here There is no such page, or it is not yours to see. To the desk" in words(response)
    assert "Queue" in words(response)


def test_404_of_strangers_shows_no_menu(client: Client, db: None):
    page = words(client.get("/nothing/here/"))
    assert "Nothing here" in page
    assert "Queue" not in page


def test_500_is_our_page_and_asks_nothing_of_the_database(
    reviewer_client: Client, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries
):
    def fail() -> None:
        raise RuntimeError

    monkeypatch.setattr("annotator.web.views.queue.queue_counts", fail)
    reviewer_client.raise_request_exception = False
    with django_assert_num_queries(2):  # the session and the user, before the failure
        response = reviewer_client.get(reverse("queue"))
    assert response.status_code == 500
    assert "Something broke It is written to the log of the server. What was saved is safe." in words(response)


def test_form_of_an_earlier_session_is_explained(reviewer):
    client = Client(enforce_csrf_checks=True)
    response = client.post(reverse("sign_in"), {"username": "rosa", "password": "x"})
    assert response.status_code == 403
    assert "This form is out of date" in words(response)


def test_request_that_is_too_large_is_explained(reviewer_client: Client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    response = reviewer_client.post(reverse("change_language"), {"language": "x" * 100})
    assert response.status_code == 400
    assert "This request makes no sense here" in words(response)


def test_addresses_without_their_last_slash_are_found(reviewer_client: Client):
    assert reviewer_client.get("/queue").url == "/queue/"
