"""Clients of the API in every role, and answers held against the schema that the API publishes."""

import json
from collections.abc import Callable, Iterator

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from annotator import taggers
from annotator.models import ApiToken, User
from tests.annotator.api.openapi import PublishedSchema
from tests.factories import make_user


@pytest.fixture(autouse=True)
def _fresh_counters() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(scope="session")
def published() -> PublishedSchema:
    return PublishedSchema()


@pytest.fixture
def client_for(published: PublishedSchema) -> Callable[[User | None], APIClient]:
    """A client with a token of this user, or without one. What it gets must be what the schema promises."""

    def make(user: User | None = None, **options: object) -> APIClient:
        client = CheckedClient(published, **options)
        if user is not None:
            _, secret = ApiToken.objects.create(user, expiry=None, name="test")
            client.credentials(HTTP_AUTHORIZATION=f"Token {secret}")
        return client

    return make


CHECKED_BYTES = 1 << 20


class CheckedClient(APIClient):
    default_format = "json"

    def __init__(self, published: PublishedSchema, **options: object) -> None:
        super().__init__(**options)
        self.published = published

    def send(self, path: str, body: object, **headers: object):
        """POST as ASCII JSON, so that lone surrogates travel as clients send them."""
        return self.generic("POST", path, json.dumps(body), content_type="application/json", **headers)

    def request(self, **request: object):
        response = super().request(**request)
        if response.streaming or len(response.content) < CHECKED_BYTES:
            self.published.check(response)
        return response


@pytest.fixture
def service_account(db: None) -> User:
    return make_user("client-shop", role="client")


@pytest.fixture
def nobody(client_for) -> APIClient:
    return client_for(None)


@pytest.fixture
def service(client_for, service_account: User) -> APIClient:
    """A client service."""
    return client_for(service_account)


@pytest.fixture
def staff(client_for, reviewer: User) -> APIClient:
    return client_for(reviewer)


@pytest.fixture
def leader(client_for, lead: User) -> APIClient:
    return client_for(lead)


@pytest.fixture
def tagger(fake_tagger, model_version, monkeypatch):
    """The model that web process and tasks share, without a model."""
    monkeypatch.setattr(taggers, "active_tagger", lambda: (fake_tagger, model_version))
    monkeypatch.setattr(taggers, "shared_tagger", lambda: fake_tagger)
    return fake_tagger
