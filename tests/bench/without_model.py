"""Settings of a desk whose tagger answers at once: what a request costs besides the model (tests/bench/rest.py --without-model)."""

from collections.abc import Sequence
from pathlib import Path

from ner_core import tagger
from ner_core.artifacts import load_artifact
from ner_core.spans import Span
from ner_core.tagger import Reading
from tests.faults.desk_settings import *  # noqa: F403


class Answering:
    """One span and three other readings, as titles have them on the average."""

    labels = ("PER",)

    def __init__(self, version: str) -> None:
        self.version = version

    def tag(self, texts: Sequence[str], *, n_best: int = 3) -> list[Reading]:
        others = tuple(Reading((), 0.01) for _ in range(n_best))
        return [Reading((Span(0, len(text.split()[0]), "PER", 0.9),), 0.8, others) for text in texts]


def _load(directory: Path, **_options: object) -> Answering:
    return Answering(load_artifact(directory).version)


tagger.load_tagger = _load  # settings are read before annotator.taggers is
