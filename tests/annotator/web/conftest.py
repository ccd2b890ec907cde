"""Browsers of signed-in people, and no health remembered from another test."""

from collections.abc import Iterator

import pytest
from django.test import Client

from annotator.models import User
from annotator.web.health import memory


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
    memory.clear()
    yield
    memory.clear()
