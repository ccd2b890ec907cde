"""Run in a Python of its own: does what web and worker do while the modules named on stdin cannot be imported; prints what came of it."""

import json
import sys
from importlib.abc import MetaPathFinder
from pathlib import Path
from tempfile import TemporaryDirectory

HIDDEN = set(json.load(sys.stdin))
TITLE = "Zaz + Orelsan - Olympia, Paris"


class Hide(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):  # noqa: ARG002  Python's signature
        if name.partition(".")[0] in HIDDEN:
            raise ModuleNotFoundError(f"No module named {name!r} in this image", name=name)


sys.meta_path.insert(0, Hide())
sys.path.insert(0, str(Path.cwd()))

from django.conf import settings  # noqa: E402
from django.core.cache import cache  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402

from annotator import wsgi  # noqa: E402, F401  as gunicorn does

settings.CACHES["default"] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
settings.CELERY_TASK_ALWAYS_EAGER = True
settings.ALLOWED_HOSTS = ["testserver"]


def main() -> None:
    from annotator import tasks
    from annotator.models import Title, User

    call_command("prepare", verbosity=0)
    cache.clear()
    client = Client()
    pages = {path: client.get(path).status_code for path in ("/", "/sign-in/")}
    client.force_login(User.objects.create_superuser("ada", password="x", role="admin"))
    pages |= {path: client.get(path).status_code for path in ("/review/", "/quality/", "/api/docs/")}
    body = json.dumps({"titles": [TITLE]})
    answer = client.post("/api/v1/predict", body, content_type="application/json").json()
    title = Title.objects.create(text=TITLE, key="0" * 64)
    tasks.tag_titles([title.pk])
    title.refresh_from_db()
    report = {
        "pages": pages,
        "prediction": answer["predictions"][0],
        "title_state": title.state,
        "loaded": sorted({name.partition(".")[0] for name in sys.modules}),
        "refusal": refusal_of_a_bare_sentencepiece(),
    }
    print(json.dumps(report))  # noqa: T201


def refusal_of_a_bare_sentencepiece() -> dict[str, str]:
    from ner_core.artifacts import ArtifactError
    from ner_core.engines.pieces import PieceEncoder

    with TemporaryDirectory() as directory:
        try:
            PieceEncoder.load(Path(directory))
        except ArtifactError as error:
            return {"code": error.code, "message": str(error)}
    return {}


main()
