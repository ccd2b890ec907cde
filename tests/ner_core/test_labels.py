import numpy as np
import pytest

from ner_core.labels import LABELS, LabelScheme, SchemeError

JEAN_BAPTISTE = {0: "O", 1: "LOC", 2: "PER", 3: "MISC", 4: "ORG", 5: "DATE"}


def test_from_id2label_reads_the_public_checkpoint_as_io():
    scheme = LabelScheme.from_id2label(JEAN_BAPTISTE)

    assert scheme.kind == "IO"
    assert scheme.labels == (None, "LOC", "PER", "MISC", "ORG", "DATE")
    assert scheme.span_labels == LABELS
    assert scheme.allowed.all()
    assert scheme.allowed_first.all()


def test_from_id2label_reads_i_prefixed_classes_as_io():
    scheme = LabelScheme.from_id2label({"0": "O", "1": "I-LOC", "2": "I-PER"})

    assert scheme.kind == "IO"
    assert scheme.span_labels == ("PER", "LOC")


def test_from_id2label_reads_b_prefixed_classes_as_bio_in_any_order():
    scheme = LabelScheme.from_id2label({0: "I-PER", 1: "O", 2: "B-PER"})

    assert scheme.kind == "BIO"
    assert scheme.outside == 1
    assert scheme.inside.tolist() == [0, 1, 0]
    assert scheme.allowed_first.tolist() == [False, True, True]
    assert scheme.allowed.tolist() == [[True, True, True], [False, True, True], [True, True, True]]


def test_bio_allows_inside_only_after_its_own_label():
    scheme = LabelScheme.bio()
    for column, name in enumerate(scheme.id2label):
        for row, before in enumerate(scheme.id2label):
            legal = not name.startswith("I-") or before in ("B-" + name[2:], "I-" + name[2:])
            assert scheme.allowed[row, column] == legal


@pytest.mark.parametrize(
    "scheme", [LabelScheme.bio(), LabelScheme.io(), LabelScheme.from_id2label({0: "I-PER", 1: "O"})]
)
def test_every_legal_step_starts_continues_or_leaves(scheme: LabelScheme):
    leaves = np.broadcast_to([label is None for label in scheme.labels], scheme.allowed.shape)

    assert (scheme.starts.astype(int) + scheme.continues + leaves == scheme.allowed).all()


@pytest.mark.parametrize("scheme", [LabelScheme.bio(), LabelScheme.io(("PER",))])
def test_to_dict_round_trips(scheme: LabelScheme):
    assert LabelScheme.from_dict(scheme.to_dict()) == scheme


@pytest.mark.parametrize(
    ("id2label", "named"),
    [
        ({0: "LABEL_0", 1: "LABEL_1"}, "O and at least one"),
        ({0: "O", 1: "PER", 2: "WORK_OF_ART"}, "WORK_OF_ART"),
        ({0: "O", 1: "B-PER"}, "PER"),
        ({0: "O", 1: "B-PER", 2: "I-PER", 3: "L-PER", 4: "U-PER"}, "L-PER"),
        ({0: "O", 1: "B-PER", 2: "I-PER", 3: "LOC"}, "LOC"),
        ({0: "O", 1: "PER", 2: "I-LOC", 3: "LOC"}, "LOC"),
        ({0: "O", 1: "PER", 2: "PER"}, "twice"),
        ({0: "O"}, "O and at least one"),
        ({0: "PER"}, "O and at least one"),
        ({0: "O", 2: "PER"}, "holes"),
        ({}, "O and at least one"),
    ],
)
def test_from_id2label_names_the_classes_it_refuses(id2label: dict, named: str):
    with pytest.raises(SchemeError, match=named):
        LabelScheme.from_id2label(id2label)
