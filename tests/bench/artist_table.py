"""python -m tests.bench.artist_table: two million artists with three million aliases: import, exact and near names, memory."""

import argparse
import json
import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import quantiles

ROOT = Path(__file__).resolve().parents[2]
SEED = 5
TOKENIZER = ROOT / "ner_core" / "starter" / "tokenizer.json"
TITLES, PROBES = 10_000, 500


def main() -> None:
    options = _parser().parse_args()
    _show(f"{platform.platform()}, {os.cpu_count()} cores", f"{options.artists:,} artists")
    with tempfile.TemporaryDirectory() as home:
        path = Path(home) / "artists.jsonl"
        _write(path, options.artists)
        environment = os.environ | {"VAR_DIR": home, "DJANGO_SETTINGS_MODULE": "annotator.settings.dev"}
        for step in (["migrate", "--verbosity=0"], ["import_artists", str(path)]):
            begun = time.perf_counter()
            subprocess.run(
                [sys.executable, "manage.py", *step], cwd=ROOT, env=environment, check=True, stderr=subprocess.DEVNULL
            )
            taken = time.perf_counter() - begun
        _show(
            "import",
            f"{options.artists / taken:,.0f} artists/s ({options.artists * 2.5 / taken:,.0f} rows of the tables/s)",
        )
        os.environ.update(environment)
        _measure_lookups(options.artists)
    _show(
        "largest memory of the looking process", f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--artists", type=int, default=2_000_000)
    return parser


def _names(count: int) -> Iterator[str]:
    """Two or three beginnings of words in many languages (the model's pieces, which come by frequency): "Port Vola", "The Marin Kel"."""
    source = random.Random(SEED)
    pieces = (piece for piece, _score in json.loads(TOKENIZER.read_text())["model"]["vocab"])
    stock = [piece[1:].capitalize() for piece in pieces if len(piece) > 3 and piece[0] == "▁" and piece[1:].isalpha()]
    weights = [1 / (rank + 20) for rank in range(len(stock))]
    drawn = iter(source.choices(stock, weights, k=count * 3))
    for number in range(count):
        words = [next(drawn), next(drawn), *([next(drawn)] if number % 3 == 0 else [])]
        yield f"The {' '.join(words)}" if number % 11 == 0 else " ".join(words)


def _write(path: Path, count: int) -> None:
    """One and a half aliases each; a note where a name comes again, so that every row is its own."""
    seen: dict[str, int] = {}
    with path.open("w") as file:
        for number, name in enumerate(_names(count)):
            again = seen[name] = seen.get(name, 0) + 1
            aliases = [f"{name} {number % 97} Trio"] + ([f"DJ {name}"] if number % 2 else [])
            note = f', "note": "{again}"' if again > 1 else ""
            listed = ", ".join(f'"{alias}"' for alias in aliases)
            file.write(f'{{"name": "{name}", "aliases": [{listed}]{note}}}\n')


def _measure_lookups(count: int) -> None:
    import django

    django.setup()
    from annotator.domain.name_lookup import find_candidates, suggest_artists
    from annotator.models import Alias, Artist

    _show("stored", f"{Artist.objects.count():,} artists, {Alias.objects.count():,} aliases")
    source = random.Random(SEED + 1)
    pool = [name for number, name in enumerate(_names(min(count, 400_000))) if number % 7 == 0]
    names = source.choices(pool, k=2 * TITLES)
    begun = time.perf_counter()
    found = find_candidates(names, fuzzy=False)
    _show(
        f"exact names of {TITLES:,} titles (two each)",
        f"{time.perf_counter() - begun:.2f} s, {sum(map(bool, found)):,} found",
    )
    probes = source.sample(pool, PROBES)
    _measure_each("near names", [_misspelt(name, source) for name in probes], lambda name: find_candidates([name])[0])
    typed = [name[: source.randrange(1, len(name) + 1)] for name in probes]
    _measure_each("names as they are typed", typed, suggest_artists)
    _measure_each("a word out of the middle of a name", [name.split()[-1] for name in probes], suggest_artists)


def _misspelt(name: str, source: random.Random) -> str:
    at = source.randrange(1, len(name) - 1)
    return name[:at] + source.choice("bdgkt") + name[at + 1 :]


def _measure_each(what: str, asked: list[str], ask: Callable[[str], list]) -> None:
    waits, hits = [], 0
    for name in asked:
        begun = time.perf_counter()
        found = ask(name)
        waits.append(time.perf_counter() - begun)
        hits += bool(found)
    cuts = quantiles(waits, n=20)
    _show(
        f"{what}, p50 and p95 of {len(asked)}",
        f"{cuts[9] * 1000:.1f} ms, {cuts[18] * 1000:.1f} ms, {hits / len(asked):.0%} with a candidate",
    )


def _show(what: str, value: str) -> None:
    sys.stdout.write(f"{what:<60}{value}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
