"""How a model does on titles that it is not trained on, while it is trained: what early stopping goes by."""

from collections.abc import Callable, Sequence
from itertools import islice

from ner_core.labels import LabelScheme
from ner_core.metrics import PRF
from ner_core.training.encoding import IGNORED, Encoded, pad
from ner_core.training.loop import Trainer

_BATCH = 64
_Places = set[tuple[int, int, str]]


def held_out_score(trainer: Trainer, encoded: Sequence[Encoded]) -> Callable[[], float]:
    """A function that answers the micro F1 of exact spans, the likeliest class of each piece taken by itself.

    The finished model is read with learned transitions and does better; this is quick, and enough to tell two states of the weights apart.
    """
    import torch

    ordered = sorted(encoded, key=lambda row: len(row.ids))
    names = LabelScheme.bio().id2label

    def score() -> float:
        trainer.model.eval()
        found = PRF()
        with torch.inference_mode():
            for batch in _batched(ordered):
                ids, mask, labels = (part.to(trainer.device) for part in pad(batch, trainer.model.config.pad_token_id))
                best = trainer.model(input_ids=ids, attention_mask=mask).logits.argmax(-1)
                found += _compare(labels.tolist(), best.tolist(), names)
        return found.f1

    return score


def _batched(rows: Sequence[Encoded]) -> list[list[Encoded]]:
    rest = iter(rows)
    return list(iter(lambda: list(islice(rest, _BATCH)), []))


def _compare(labels: list[list[int]], best: list[list[int]], names: Sequence[str]) -> PRF:
    total = PRF()
    for wanted_row, found_row in zip(labels, best, strict=True):
        kept = [(wanted, found) for wanted, found in zip(wanted_row, found_row, strict=True) if wanted != IGNORED]
        wanted = _places([names[row[0]] for row in kept])
        found = _places([names[row[1]] for row in kept])
        right = len(wanted & found)
        total += PRF(right, len(found) - right, len(wanted) - right)
    return total


def _places(tags: Sequence[str]) -> _Places:
    """Spans in pieces; an I- that follows nothing of its label begins one."""
    places: _Places = set()
    start, label = 0, ""
    for index, tag in enumerate([*tags, "O"]):
        prefix, _, name = tag.partition("-")
        if label and (prefix != "I" or name != label):
            places.add((start, index, label))
            label = ""
        if name and not label:
            start, label = index, name
    return places
