"""Static files of production."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "annotator.settings.prod",
    "SECRET_KEY": "only-for-this-test",
    "REDIS_URL": "redis://127.0.0.1:1",
    "ALLOWED_HOSTS": "desk.example",
}


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("static")
    more = {"STATIC_ROOT": str(root / "files"), "VAR_DIR": str(root), "DATABASE_URL": f"sqlite:///{root}/db.sqlite3"}
    command = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
    done = subprocess.run(
        command, cwd=settings.BASE_DIR, env=os.environ | PRODUCTION | more, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return root / "files"


def hashed(collected: Path, name: str) -> str:
    return json.loads((collected / "staticfiles.json").read_text(encoding="utf8"))["paths"][name]


@pytest.mark.parametrize(
    "name", ["css/desk.css", "css/pages.css", "js/desk.js", "favicon.svg", "django_htmx/htmx-2.min.js"]
)
def test_files_are_named_by_their_content(collected: Path, name: str):
    stem, kind = name.rsplit(".", 1)
    assert re.fullmatch(rf"{re.escape(stem)}\.[0-9a-f]{{12}}\.{kind}", hashed(collected, name))
    assert (collected / hashed(collected, name)).is_file()


def test_modules_import_each_other_by_their_new_names(collected: Path):
    main = (collected / hashed(collected, "js/review/main.js")).read_text(encoding="utf8")
    imported = re.findall(r"""from\s*["']([^"']+)["']""", main)
    assert imported != []
    assert [name for name in imported if not re.search(r"\.[0-9a-f]{12}\.js$", name)] == []


def test_browsers_find_the_icon_at_its_old_place(client: Client):
    assert client.get("/favicon.ico").url == "/static/favicon.svg"
