"""Every word of the product is there in every language. After a change: `make messages`, translate, `make messages` again."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.template import engines
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.utils.translation import gettext, override

LANGUAGES = [code for code, _name in settings.LANGUAGES if code != "en"]
SINGULAR = {"_", "gettext", "gettext_lazy"}
PLURAL = {"ngettext", "ngettext_lazy"}
FIELD = re.compile(r"%(?:\(\w+\))?\d*[a-zA-Z]|\{\w+\}")
PACKAGE = Path(settings.BASE_DIR) / "annotator"
TEMPLATES = Path(settings.BASE_DIR) / "templates"


def messages_of_python() -> Iterator[str]:
    for path in PACKAGE.rglob("*.py"):
        calls = (node for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))) if isinstance(node, ast.Call))
        for call in calls:
            name = getattr(call.func, "id", "")
            count = 1 if name in SINGULAR else 2 if name in PLURAL else 0
            yield from (argument.value for argument in call.args[:count] if isinstance(argument, ast.Constant))


def messages_of_templates() -> Iterator[str]:
    for path in TEMPLATES.rglob("*.html"):
        template = engines["django"].get_template(str(path.relative_to(TEMPLATES))).template
        for node in template.nodelist.get_nodes_by_type(TranslateNode):
            yield node.filter_expression.var.literal
        for node in template.nodelist.get_nodes_by_type(BlockTranslateNode):
            yield node.render_token_list(node.singular)[0]
            if node.plural:
                yield node.render_token_list(node.plural)[0]


def catalogue(language: str, kind: str = "po") -> polib.POFile | polib.MOFile:
    path = Path(settings.BASE_DIR) / "locale" / language / "LC_MESSAGES" / f"django.{kind}"
    return polib.pofile(str(path)) if kind == "po" else polib.mofile(str(path))


def entries(language: str, kind: str) -> dict[tuple, tuple]:
    return {
        (entry.msgctxt, entry.msgid, entry.msgid_plural): (entry.msgstr, tuple(entry.msgstr_plural.values()))
        for entry in catalogue(language, kind)
        if not entry.obsolete
    }


def test_words_are_found_in_code_and_templates():
    assert "This page is for leads." in set(messages_of_python())
    assert {"Queue", "%(verdicts)s verdicts today"} <= {*messages_of_python(), *messages_of_templates()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_translated(language: str):
    known = {
        message
        for entry in catalogue(language)
        if entry.translated() and not entry.fuzzy
        for message in (entry.msgid, entry.msgid_plural)
    }
    assert sorted({*messages_of_python(), *messages_of_templates()} - known) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogue_holds_nothing_else_and_nothing_unsure(language: str):
    used = {*messages_of_python(), *messages_of_templates()}
    assert [entry.msgid for entry in catalogue(language) if entry.fuzzy or entry.msgid not in used] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_keep_the_fields_of_their_message(language: str):
    def fields(text: str) -> list[str]:
        return sorted(FIELD.findall(text.replace("%%", "")))

    wrong = [
        entry.msgid
        for entry in catalogue(language)
        for text in [entry.msgstr, *entry.msgstr_plural.values()]
        if text and fields(text) != fields(entry.msgid)
    ]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_compiled_catalogue_is_that_of_the_source(language: str):
    assert entries(language, "mo") == entries(language, "po")


@pytest.mark.parametrize(("language", "word"), [("fr", "File"), ("nl", "Wachtrij"), ("en", "Queue")])
def test_catalogue_is_used(language: str, word: str):
    with override(language):
        assert gettext("Queue") == word
