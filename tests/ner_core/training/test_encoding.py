from pathlib import Path

import pytest

from ner_core.decoding import decode
from ner_core.engines.pieces import PieceEncoder
from ner_core.labels import LabelScheme
from ner_core.lattice import DecoderSettings
from ner_core.spans import Span
from ner_core.synthetic import Example, Material, TitleGenerator
from ner_core.training.encoding import IGNORED, ExampleEncoder, pad, read_gold, to_normal_form
from ner_core.units import units

SCHEME = LabelScheme.bio()


def test_labels_lead_the_decoder_back_to_the_spans(tiny_checkpoint: Path) -> None:
    import numpy as np

    encoder, pieces = ExampleEncoder(tiny_checkpoint, SCHEME, max_pieces=400), PieceEncoder.load(tiny_checkpoint)
    titles = TitleGenerator(Material.small(), seed=11, languages={"en": 1, "fr": 1})
    compared = 0
    for _ in range(100):
        example = titles.draw()
        labels = [label for label in encoder.encode(example).labels if label != IGNORED]
        offsets = pieces.encode(example.text).offsets
        unit_list = units(example.text, offsets)
        best, *_ = decode(example.text, offsets, np.eye(len(SCHEME.id2label))[labels] * 9, DecoderSettings(SCHEME))
        found = [span.triple for span in best.spans]
        edges = {edge for unit in unit_list for edge in (unit.start, unit.end)}
        if all({span.start, span.end} <= edges for span in example.spans):  # a piece may run over the edge of a span
            assert found == [span.triple for span in example.spans]
            compared += 1
    assert compared > 90


def test_long_titles_are_cut_and_framed(tiny_checkpoint: Path) -> None:
    encoder = ExampleEncoder(tiny_checkpoint, SCHEME, max_pieces=10)
    encoded = encoder.encode(Example("Ada Lane, " * 20, (Span(0, 8, "PER"),)))
    assert len(encoded.ids) == len(encoded.labels) == 10
    assert (encoded.labels[0], encoded.labels[-1]) == (IGNORED, IGNORED)


def test_padding_is_masked_and_ignored(tiny_checkpoint: Path) -> None:
    encoder = ExampleEncoder(tiny_checkpoint, SCHEME)
    short, long = encoder.encode(Example("Ada", ())), encoder.encode(Example("Ada Lane at the Kino in Bergen", ()))
    ids, mask, labels = pad([short, long], pad_id=1)
    assert ids.shape == mask.shape == labels.shape
    assert mask[0].sum() == len(short.ids)
    assert set(labels[0, len(short.ids) :].tolist()) <= {IGNORED}


def test_gold_is_read_in_normal_form(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text(
        '{"text": "  Ada\\u00a0Lane  live ", "spans": [{"start": 2, "end": 10, "label": "PER"}]}\n', encoding="utf-8"
    )
    assert read_gold(path) == [Example("Ada Lane live", (Span(0, 8, "PER"),))]


def test_normal_form_moves_spans() -> None:
    assert to_normal_form(" a  b", [Span(4, 5, "LOC")]) == Example("a b", (Span(2, 3, "LOC"),))


@pytest.mark.parametrize("size", [1, 5])
def test_batches_hold_every_title_once(tiny_checkpoint: Path, size: int) -> None:
    import itertools
    import random

    from ner_core.training.encoding import batches

    encoder = ExampleEncoder(tiny_checkpoint, SCHEME)
    titles = [encoder.encode(TitleGenerator(Material.small(), seed=seed).draw()) for seed in range(20)]
    drawn = list(itertools.islice(batches(iter(titles), size, random.Random(1), pool=20 // size), 20 // size))
    assert sorted(title for batch in drawn for title in batch) == sorted(titles)
