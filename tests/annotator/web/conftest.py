"""Browsers of signed-in people, and nothing remembered from another test."""

from collections.abc import Iterator

import pytest
from django.test import Client

from annotator.models import User
from annotator.web.health import memory
from annotator.web.review_page import memory as left
from annotator.web.views.artist_care import memory as growth


@pytest.fixture
def reviewer_client(reviewer: User) -> Client:
    client = Client()
    client.force_login(reviewer)
    return client


@pytest.fixture
def lead_client(lead: User) -> Client:
    client = Client()
    client.force_login(lead)
    return client


@pytest.fixture(autouse=True)
def unknown_health() -> Iterator[None]:
    for remembered in (memory, growth, left):
        remembered.clear()
    yield
    for remembered in (memory, growth, left):
        remembered.clear()
