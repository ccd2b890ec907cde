"""Readings of texts that are asked for again and again."""

import threading
from collections import OrderedDict
from collections.abc import Sequence

from ner_core.tagger import Reading, Tagger


class RememberingTagger:
    """A Tagger for many threads, in front of another: the last `most` readings are given again instead of read again.

    What it gives is what the other one read for that very text and number of alternatives. It lives and dies with the model version of the
    other: nothing outlives a promotion. The texts that are new go to the other in one call, each once; what that raises is raised here.
    """

    def __init__(self, tagger: Tagger, *, most: int) -> None:
        self.version = tagger.version
        self.labels = tagger.labels
        self.tagger = tagger
        self._most = most
        self._lock = threading.Lock()
        self._readings: OrderedDict[tuple[int, str], Reading] = OrderedDict()  # those not asked for longest come first

    def tag(self, texts: Sequence[str], *, n_best: int = 3) -> list[Reading]:
        found = self._recall(texts, n_best)
        unread = list(dict.fromkeys(text for text in texts if text not in found))
        if unread:
            read = dict(zip(unread, self.tagger.tag(unread, n_best=n_best), strict=True))
            self._remember(read, n_best)
            found |= read
        return [found[text] for text in texts]

    def _recall(self, texts: Sequence[str], n_best: int) -> dict[str, Reading]:
        found = {}
        with self._lock:
            for text in texts:
                if reading := self._readings.get((n_best, text)):
                    self._readings.move_to_end((n_best, text))
                    found[text] = reading
        return found

    def _remember(self, read: dict[str, Reading], n_best: int) -> None:
        with self._lock:
            self._readings.update({(n_best, text): reading for text, reading in read.items()})
            while len(self._readings) > self._most:
                self._readings.popitem(last=False)
