"""Static files under the names of production."""

import re
from pathlib import Path

from django.core.management import call_command


def test_hashed_modules_import_each_other_under_hashed_names(settings, tmp_path: Path):
    settings.STATIC_ROOT = tmp_path
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "annotator.web.static.HashedStaticFiles"}}
    call_command("collectstatic", interactive=False, verbosity=0)
    [main] = tmp_path.glob("js/review/main.*.js")
    imported = re.findall(r'from "\./([\w.]+)"', main.read_text())
    assert len(imported) == 13
    assert [name for name in imported if not re.fullmatch(r"\w+\.[0-9a-f]{12}\.js", name)] == []
    assert [name for name in imported if not (tmp_path / "js/review" / name).is_file()] == []
