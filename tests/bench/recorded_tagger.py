"""Takes the place of the model in a worker: the readings that a real tagger gave, after the time that it would take on a host of its own.

A worker imports this module (tests/bench/recorded_settings.py). RECORDED_READINGS names the file, RECORDED_SECONDS the time for a title.
"""

import os
import pickle
import time
from collections.abc import Sequence
from pathlib import Path

from annotator import taggers
from ner_core.artifacts import load_artifact
from ner_core.tagger import Reading


class RecordedTagger:
    """Knows titles that end in a number by what stands before it."""

    def __init__(self, directory: Path) -> None:
        self.version = load_artifact(directory, verify=False).version
        self.labels = ()
        self.readings = pickle.loads(Path(os.environ["RECORDED_READINGS"]).read_bytes())  # noqa: S301  our own file
        self.seconds = float(os.environ["RECORDED_SECONDS"])

    def tag(self, texts: Sequence[str], *, n_best: int = 3) -> list[Reading]:  # noqa: ARG002  Tagger's signature
        time.sleep(self.seconds * len(texts))
        return [self.readings[text.rpartition(" ")[0]] for text in texts]


def load_recorded(directory: Path, **_options: object) -> RecordedTagger:
    return RecordedTagger(directory)


taggers.load_tagger = load_recorded
