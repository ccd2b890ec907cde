"""The documentation names everything that can be set, typed or requested, and nothing that is gone."""

import argparse
import re
from collections.abc import Iterator

import pytest
from django.core.management import load_command_class
from django.urls import URLPattern, URLResolver, get_resolver

from annotator.settings.env import BASE_DIR

DOCS = BASE_DIR / "docs"
SETTING_READ = re.compile(r"""(?:\benv\.[a-z]+|\bread_[a-z]+)\(\s*["']([A-Z][A-Z0-9_]*)["']""")
SETTING_ROW = re.compile(r"^\| `([A-Z][A-Z0-9_]*)` \|", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
DJANGO_OPTIONS = {
    "--help", "--version", "--verbosity", "--settings", "--pythonpath", "--traceback", "--no-color", "--force-color",
    "--skip-checks",
}  # fmt: skip


def settings_read() -> set[str]:
    files = [*(BASE_DIR / "annotator").rglob("*.py"), BASE_DIR / "gunicorn.conf.py"]
    return {name for file in files for name in SETTING_READ.findall(file.read_text(encoding="utf8"))}


def commands() -> list[str]:
    return sorted(file.stem for file in (BASE_DIR / "annotator/management/commands").glob("[a-z]*.py"))


def routes(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, path)
        else:
            yield "/" + path


def own_routes() -> list[str]:
    return sorted({route for route in routes(get_resolver().url_patterns) if not route.startswith("/admin/")})


def section(text: str, heading: str) -> str:
    """The part of a Markdown text below a heading of the second level."""
    found = re.search(rf"^## {re.escape(heading)}$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return found.group(1) if found else ""


def test_every_setting_is_described_and_none_that_is_gone():
    described = SETTING_ROW.findall((DOCS / "settings.md").read_text(encoding="utf8"))
    assert sorted(described) == sorted(settings_read())


@pytest.mark.parametrize("name", commands())
def test_every_command_is_described_with_its_options(name):
    text = section((DOCS / "commands.md").read_text(encoding="utf8"), f"`manage.py {name}`")
    assert text, f"docs/commands.md has no section for {name}"
    parser = load_command_class("annotator", name).create_parser("manage.py", name)
    missing = sorted(option for option in options_of(parser) - DJANGO_OPTIONS if f"`{option}" not in text)
    assert missing == []


def options_of(parser: argparse.ArgumentParser) -> set[str]:
    """Long options of a parser and the names and long options of its sub-commands."""
    found = set()
    for action in parser._actions:
        found |= {option for option in action.option_strings if option.startswith("--")}
        if isinstance(action, argparse._SubParsersAction):
            for name, child in action.choices.items():
                found |= {name} | options_of(child)
    return found


def test_every_described_command_exists():
    described = re.findall(r"^## `manage\.py (\w+)`$", (DOCS / "commands.md").read_text(encoding="utf8"), re.MULTILINE)
    assert sorted(described) == commands()


@pytest.mark.parametrize("route", own_routes())
def test_every_route_is_described(route):
    """Parameters may have any name in the documentation: /api/v1/batches/{id}."""
    shape = re.sub(r"<[^>]+>", "{parameter}", route)
    pattern = re.escape(shape).replace(re.escape("{parameter}"), r"\{\w+\}") + r"(?![\w/{])"
    text = "\n".join(file.read_text(encoding="utf8") for file in sorted(DOCS.glob("*.md")))
    assert re.search(pattern, text), f"no page in docs/ names {shape}"


def test_every_link_between_documents_leads_somewhere():
    files = [*DOCS.glob("*.md"), BASE_DIR / "README.md", BASE_DIR / "CHANGELOG.md"]
    links = [(file, link) for file in files for link in LINK.findall(file.read_text(encoding="utf8"))]
    broken = [f"{file.name}: {link}" for file, link in links if not (file.parent / link).exists()]
    assert broken == []
