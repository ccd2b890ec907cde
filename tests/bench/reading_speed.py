"""python -m tests.bench.reading_speed [CHECKPOINT]: how fast and how large a reading process is, on the demo titles."""

import argparse
import resource
import sys
import time
from pathlib import Path
from statistics import quantiles

from ner_core.tagger import Tagger, load_tagger

ROOT = Path(__file__).resolve().parents[2]
DEMO_TITLES = ROOT / "annotator" / "demo" / "titles.txt"
SINGLE_TITLES = 100


def main() -> None:
    options = _parser().parse_args()
    titles = [line for line in DEMO_TITLES.read_text(encoding="utf8").splitlines() if line.strip()]
    begun = time.perf_counter()
    tagger = load_tagger(options.checkpoint, threads=options.threads)
    tagger.tag(titles[:1])
    _show("ready to read after", f"{time.perf_counter() - begun:.2f} s")
    _show("together", f"{_titles_per_second(tagger, titles):.0f} titles/s")
    waits = quantiles(_single_waits(tagger, titles[:SINGLE_TITLES]), n=20)
    _show("one at a time, median and 95 %", f"{waits[9] * 1000:.1f} ms, {waits[18] * 1000:.1f} ms")
    _show("largest memory", f"{_peak_megabytes():.0f} MB")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", nargs="?", type=Path, default=ROOT / "ner_core" / "starter")
    parser.add_argument("--threads", type=int, default=1)
    return parser


def _titles_per_second(tagger: Tagger, titles: list[str]) -> float:
    begun = time.perf_counter()
    tagger.tag(titles)
    return len(titles) / (time.perf_counter() - begun)


def _single_waits(tagger: Tagger, titles: list[str]) -> list[float]:
    waits = []
    for title in titles:
        begun = time.perf_counter()
        tagger.tag([title])
        waits.append(time.perf_counter() - begun)
    return waits


def _peak_megabytes() -> float:
    """Linux counts kilobytes, macOS bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def _show(what: str, value: str) -> None:
    sys.stdout.write(f"{what:<34}{value}\n")


if __name__ == "__main__":
    main()
