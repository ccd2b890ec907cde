"""python -m tests.bench.pages: how long the pages and the queue take as titles become many, p50 and p95.

One process without a web server: what is measured is the database, the view and the template. PostgreSQL:
.ci/postgres .venv/bin/python -m tests.bench.pages
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles
from uuid import uuid4

from tests.bench.output import say

ROOT = Path(__file__).resolve().parents[2]
SIZES = [1_000, 30_000, 1_000_000]
FEWEST, LONGEST_SECONDS = 3, 10
PAGES = {
    "titles": "/titles/",
    "titles, one word": "/titles/?text=velvet",
    "titles, two words": "/titles/?text=velvet+moss",
    "titles, a word that none has": "/titles/?text=zyzzyva",
    "titles, a number": "/titles/?text={last}",
    "titles, waiting": "/titles/?state=waiting",
    "titles, band": "/titles/?band=low",
    "titles, label": "/titles/?label=DATE",
    "titles, by people": "/titles/?source=reviewed",
    "titles, verdicts of one": "/titles/?reviewer=reviewer3",
    "one title": "/titles/{last}/",
    "queue": "/queue/",
    "artists": "/artists/",
    "artists, a part": "/artists/?text=moss+19",
    "artists, none": "/artists/?text=zyzzyva",
    "one artist": "/artists/1/",
    "growth and duplicates": "/artists/care/",
    "quality": "/quality/",
    "batches": "/batches/",
    "exports": "/exports/",
    "models": "/models/",
}


def main() -> None:
    options = _parser().parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        os.environ.update(
            {"VAR_DIR": options.home or scratch, "DJANGO_SETTINGS_MODULE": "annotator.settings.dev", "BLIND_SHARE": "0"}
        )
        subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity=0"], cwd=ROOT, check=True)
        import django

        django.setup()
        from django.db import connection

        say(f"{platform.platform()}, {os.cpu_count()} cores, {connection.vendor}")
        _measure(options.sizes, options.rounds)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="+", type=int, default=SIZES, help="titles in the database")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--home", help="a directory for the desk, which stays; one that is there is measured as it is")
    return parser


def _measure(sizes: list[int], rounds: int) -> None:
    from django.conf import settings
    from django.db import connection
    from django.test import Client

    from annotator.models import Title, User
    from tests.bench.filled_desk import fill

    settings.ALLOWED_HOSTS = ["testserver"]
    lead = User.objects.filter(username="lead").first()
    lead = lead or User.objects.create_superuser("lead", password=str(uuid4()), role="lead")
    client = Client()
    client.force_login(lead)
    waits: dict[str, list[str]] = {}
    filled = Title.objects.count()
    for size in sizes:
        begun = time.perf_counter()
        fill(filled, size - filled)
        filled = max(size, filled)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        say(f"{size:,} titles, filled in {time.perf_counter() - begun:.0f} s")
        for name, work in _steps(client, lead, size).items():
            waits.setdefault(name, []).append(_timed(work, rounds))
            say(f"  {name:<32}{waits[name][-1]:>18}")
    for name, cells in waits.items():
        say(f"{name:<32}" + "".join(f"{cell:>18}" for cell in cells))


def _steps(client: object, lead: object, size: int) -> dict[str, Callable[[], object]]:
    pages = {name: _get(client, path.format(last=size - 7)) for name, path in PAGES.items()}
    return pages | {"next cards": _next_cards(client, lead), "verdict": _verdict(client, lead)}


def _get(client: object, path: str) -> Callable[[], object]:
    def get() -> None:
        answer = client.get(path)
        if answer.status_code != 200:
            raise SystemExit(f"{path} answered {answer.status_code}")

    return get


def _next_cards(client: object, lead: object) -> Callable[[], object]:
    tab = str(uuid4())

    def lend() -> None:
        _post(client, "/review/cards/", {"user": lead.pk, "tab": tab, "count": 3, "exclude": []})

    return lend


def _verdict(client: object, lead: object) -> Callable[[], object]:
    """Accepts the first card of the queue, which was lent before; only the verdict is timed by _timed, as the loan is made beforehand."""
    tab = str(uuid4())
    cards: list[dict] = []

    def decide() -> None:
        if not cards:
            cards.extend(
                _post(client, "/review/cards/", {"user": lead.pk, "tab": tab, "count": 50, "exclude": []})["cards"]
            )
        card = cards.pop()
        verdict = {
            "id": str(uuid4()),
            "title_id": card["title_id"],
            "action": "accept",
            "prediction_id": card.get("prediction_id"),
        }
        answer = _post(client, "/review/verdicts/", {"user": lead.pk, "tab": tab, "verdicts": [verdict]})
        if not answer["results"][0]["ok"]:
            raise SystemExit(f"the verdict was refused: {answer}")

    return decide


def _post(client: object, path: str, body: dict) -> dict:
    answer = client.post(path, body, content_type="application/json")
    if answer.status_code != 200:
        raise SystemExit(f"{path} answered {answer.status_code}: {answer.content[:300]!r}")
    return answer.json()


def _timed(work: Callable[[], object], rounds: int) -> str:
    """p50 / p95; what takes seconds is asked less often"""
    work()
    waits: list[float] = []
    while len(waits) < rounds and (len(waits) < FEWEST or sum(waits) < LONGEST_SECONDS):
        begun = time.perf_counter()
        work()
        waits.append(time.perf_counter() - begun)
    cuts = quantiles(waits, n=20, method="inclusive")
    return f"{cuts[9] * 1000:.0f} / {cuts[18] * 1000:.0f} ms"


if __name__ == "__main__":
    main()
