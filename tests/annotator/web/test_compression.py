"""Pages are compressed for browsers that can read it, and nothing else is."""

import gzip

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db
BROWSER = {"HTTP_ACCEPT_ENCODING": "gzip, deflate, br"}


def test_a_page_is_compressed_and_the_same(client: Client):
    plain = client.get("/sign-in/")
    packed = client.get("/sign-in/", **BROWSER)
    assert packed["Content-Encoding"] == "gzip"
    assert len(packed.content) < len(plain.content) / 2
    assert b'name="password"' in gzip.decompress(packed.content)
    assert "Content-Encoding" not in plain
    assert all("Accept-Encoding" in page["Vary"] for page in (plain, packed))


def test_json_is_not(client: Client):
    assert "Content-Encoding" not in client.get("/api/schema/", **BROWSER)


def test_no_two_answers_have_the_same_length_for_long(client: Client):
    """What an attacker could measure of a page's length is blurred."""
    assert len({len(client.get("/sign-in/", **BROWSER).content) for _ in range(12)}) > 3
