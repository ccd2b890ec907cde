"""Rows and tables: every text once, nothing sees its neighbours, few shapes."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ner_core.engines import make_engine
from ner_core.engines.packing import MOST_ROWS, WIDTH, pack

PAD = 1
texts = st.lists(st.integers(0, 300).map(lambda length: [*range(10, 10 + length)]), max_size=80)


@given(texts)
def test_every_text_is_whole_in_one_row_with_its_own_places(batch: list[list[int]]):
    found = {}
    for packed in pack(batch, PAD):
        ids, places, segments = (table.reshape(-1) for table in packed[:3])
        for index, cells in zip(packed.texts, packed.cells, strict=True):
            found[index] = ids[cells].tolist()
            assert places[cells].tolist() == [*range(PAD + 1, PAD + 1 + len(batch[index]))]
            assert len(set(segments[cells])) == 1
            assert cells.start // packed.ids.shape[1] == (cells.stop - 1) // packed.ids.shape[1]
        owned = [Counter(row[row > 0].tolist()) for row in packed.segments]
        assert [len(row) for row in owned] == [max(row, default=0) for row in owned]
        assert ((segments == 0) == (ids == PAD)).all()
        assert (places[segments == 0] == PAD).all()
    assert found == {index: ids for index, ids in enumerate(batch) if ids}


@given(texts)
def test_there_are_few_shapes(batch: list[list[int]]):
    for packed in pack(batch, PAD):
        rows, width = packed.ids.shape
        assert (width == WIDTH and rows in (1, 2, 4, 8, 16)) or (rows == 1 and width in (16, 32, 128, 256, 512))
        assert rows <= MOST_ROWS


def test_titles_leave_hardly_any_padding():
    lengths = np.random.default_rng(2).poisson(12, 256)
    cells = sum(packed.ids.size for packed in pack([[9] * length for length in lengths], PAD))
    assert lengths.sum() / cells > 0.93


@pytest.mark.parametrize("name", ["openvino-float", "torch"])
def test_an_answer_does_not_depend_on_what_stands_beside(tiny_checkpoint, name: str):
    from ner_core.artifacts import load_artifact

    engine = make_engine(name, load_artifact(tiny_checkpoint), threads=1)
    batch = [[5, *range(20, 20 + length), 6] for length in (3, 30, 7, 62, 1, 0, 11)] + [[]]
    together = engine.logits(batch)
    assert [len(logits) for logits in together] == [len(ids) for ids in batch]
    for ids, logits in zip(batch, together, strict=True):
        assert np.allclose(logits, engine.logits([ids])[0], atol=0.1)
