"""python -m tests.bench.decoding [CHECKPOINT]: what the best readings of a title cost once the model has spoken, by size of the chunk."""

import argparse
import sys
import time
from pathlib import Path

from ner_core.decoding import Pieced, decode_all
from ner_core.lattice import DecoderSettings
from ner_core.tagger import load_tagger

ROOT = Path(__file__).resolve().parents[2]
DEMO_TITLES = ROOT / "annotator" / "demo" / "titles.txt"
CHUNKS = (256, 128, 8, 1)
N_BEST, ROUNDS = 4, 5


def main() -> None:
    options = _parser().parse_args()
    titles = [line for line in options.titles.read_text(encoding="utf8").splitlines() if line.strip()]
    tagger = load_tagger(options.checkpoint)
    given = [Pieced(one.text.text, one.offsets, one.logits) for one in tagger.read_logits(titles)]
    for size in CHUNKS:
        seconds = min(_seconds(given, tagger.artifact.decoder, size) for _ in range(ROUNDS))
        sys.stdout.write(f"in chunks of {size:<5}{seconds / len(given) * 1000:.3f} ms of a core a title\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", nargs="?", type=Path, default=ROOT / "ner_core" / "starter")
    parser.add_argument("--titles", type=Path, default=DEMO_TITLES, help="a file with one title a line")
    return parser


def _seconds(given: list[Pieced], settings: DecoderSettings, size: int) -> float:
    begun = time.process_time()
    for first in range(0, len(given), size):
        decode_all(given[first : first + size], settings, n_best=N_BEST)
    return time.process_time() - begun


if __name__ == "__main__":
    main()
