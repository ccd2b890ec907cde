"""What pages tell browsers to refuse, and that no page needs it."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests import factories

PAGES = ["queue", "titles", "artists", "batches", "exports", "guidelines", "account", "review", "flagged"]
OURS = [*Path(settings.BASE_DIR, "templates").rglob("*.html")]


def test_policy_allows_our_own_files_only(client: Client, db: None):
    policy = dict(
        part.strip().split(" ", 1) for part in client.get(reverse("sign_in"))["Content-Security-Policy"].split(";")
    )
    assert (policy["default-src"], policy["script-src"], policy["style-src"]) == ("'none'", "'self'", "'self'")
    assert policy["frame-ancestors"] == "'none'"


@pytest.mark.parametrize("name", PAGES)
def test_page_has_no_inline_script_style_or_handler_and_no_foreign_address(lead_client: Client, name: str):
    factories.make_queue_item()
    factories.make_annotation()
    page = lead_client.get(reverse(name)).content.decode()
    assert re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", page) == []
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=", page) == []
    assert re.findall(r"""(?:src|href|action)=["'](?:https?:)?//[^"']*""", page) == []


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.relative_to(settings.BASE_DIR)))
def test_template_marks_nothing_safe_but_the_help_of_django_forms(path: Path):
    used = re.findall(r"\|\s*safe\b|\{% autoescape off", path.read_text(encoding="utf8"))
    assert len(used) == (1 if path.name == "field.html" else 0)
