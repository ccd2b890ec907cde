"""The page of keys as a form; pressing keys: tests/e2e/test_keys_page.py."""

import pytest
from django.test import Client
from django.urls import reverse

from annotator.domain.review_keys import DEFAULT_KEYS
from annotator.models import User
from tests.annotator.web.pages import words

URL = "/account/keys/"


def filled(**changes: str) -> dict[str, str]:
    return {"single_keys": "on", **{action: " ".join(keys) for action, keys in DEFAULT_KEYS.items()}, **changes}


def stored(user: User) -> tuple[dict, bool]:
    user.refresh_from_db()
    return user.review_keys, user.single_keys


def test_keys_are_shown_as_they_hold(reviewer_client: Client, reviewer: User):
    reviewer.review_keys = {"accept": ["a"]}
    reviewer.save()
    page = reviewer_client.get(URL).content.decode()
    assert 'name="accept" value="a"' in page
    assert 'name="end_on" value="} Shift+ArrowRight"' in page


def test_keys_are_saved(reviewer_client: Client, reviewer: User):
    response = reviewer_client.post(URL, filled(label_per="z", undo=""), follow=True)
    assert "Keys saved." in words(response)
    assert stored(reviewer) == ({"label_per": ["z"], "undo": []}, True)
    assert response.redirect_chain == [(reverse("review_keys"), 302)]


def test_keys_that_are_taken_are_refused_beside_the_field(reviewer_client: Client, reviewer: User):
    response = reviewer_client.post(URL, filled(label_per="z", undo="z"))
    assert (response.status_code, stored(reviewer)) == (422, ({}, True))
    assert "“z” is taken by another action." in words(response)
    assert 'name="undo" value="z"' in response.content.decode()


def test_keys_that_are_none_are_refused(reviewer_client: Client, reviewer: User):
    response = reviewer_client.post(URL, filled(undo="Ctrl+z"))
    assert (response.status_code, stored(reviewer)) == (422, ({}, True))
    assert "“Ctrl+z” is not a key that can be used here." in words(response)


def test_single_keys_are_switched_off_and_reset_brings_all_back(reviewer_client: Client, reviewer: User):
    sent = filled(undo="z")
    del sent["single_keys"]
    reviewer_client.post(URL, sent)
    assert stored(reviewer) == ({"undo": ["z"]}, False)
    response = reviewer_client.post(URL, sent | {"reset": "1"}, follow=True)
    assert "The keys are as everybody has them at first." in words(response)
    assert stored(reviewer) == ({}, True)


@pytest.mark.parametrize("method", ["put", "delete"])
def test_keys_page_takes_no_other_method(reviewer_client: Client, method: str):
    assert getattr(reviewer_client, method)(URL).status_code == 405
