import itertools
import json
import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ner_core.synthetic
from ner_core.labels import LABELS
from ner_core.spans import Span, validate_spans
from ner_core.synthetic import Example, Material, TitleGenerator, pieces_to_example
from ner_core.synthetic.generate import LANGUAGES
from ner_core.synthetic.grammar import Piece
from ner_core.synthetic.mixing import TitleMixer, split_pieces
from ner_core.text import normalise_title

MATERIAL = Material.small()
GOLD = Path(os.environ.get("LINEUP_GOLD", Path(__file__).parents[4] / "shared/gold"))
DATA = Path(ner_core.synthetic.__file__).parent / "data"


def draw(count: int, *, seed: int = 3, languages: dict[str, float] | None = None) -> list[Example]:
    return list(itertools.islice(TitleGenerator(MATERIAL, seed=seed, languages=languages), count))


@pytest.mark.parametrize("language", LANGUAGES)
def test_titles_of_every_language_have_legal_spans_on_normal_text(language: str) -> None:
    for example in draw(150, languages={language: 1}):
        assert example.text == normalise_title(example.text)
        assert validate_spans(example.text, example.spans) == list(example.spans)
        assert 0 < len(example.text) <= 200


def test_same_seed_gives_the_same_titles_and_another_seed_others() -> None:
    assert draw(80, seed=5) == draw(80, seed=5)
    assert draw(80, seed=5) != draw(80, seed=6)


def test_titles_vary_in_label_number_of_spans_and_emptiness() -> None:
    titles = draw(3000)
    labels = Counter(span.label for example in titles for span in example.spans)
    assert set(labels) == set(LABELS)
    assert labels.most_common(1)[0][0] == "PER"
    assert {len(example.spans) for example in titles} >= {0, 1, 2, 3, 4, 5}
    assert len({example.text for example in titles}) > 2500


def test_year_after_a_tour_is_a_date_of_its_own() -> None:
    titles = draw(4000)
    endings = [
        example.text[span.start : span.end]
        for example in titles
        for span in example.spans
        if span.label == "MISC" and example.text[span.start : span.end].lower().endswith(" tour")
    ]
    followed = [
        span
        for example in titles
        for left, span in itertools.pairwise(example.spans)
        if left.label == "MISC" and span.label == "DATE" and span.start == left.end + 1
    ]
    assert len(endings) > 100
    assert len(followed) > 20


@given(st.lists(st.tuples(st.text(alphabet=" ab-é\u00a0", max_size=6), st.sampled_from([None, *LABELS])), max_size=8))
def test_joining_pieces_gives_normal_text_with_exact_offsets(parts: list[tuple[str, str | None]]) -> None:
    example = pieces_to_example([Piece(text, label) for text, label in parts])
    assert example.text == normalise_title("".join(text for text, _ in parts))
    wanted = [(normalise_title(text), label) for text, label in parts if label and text.strip()]
    assert [(example.text[span.start : span.end], span.label) for span in example.spans] == wanted


def test_joining_pieces_refuses_an_unknown_label() -> None:
    with pytest.raises(ValueError, match="BAND"):
        pieces_to_example([Piece("Ada", "BAND")])


@given(st.integers(0, 10_000))
def test_split_pieces_is_the_reverse_of_joining(seed: int) -> None:
    example = TitleGenerator(MATERIAL, seed=seed).draw()
    joined = pieces_to_example(split_pieces(example.text, example.spans))
    assert (joined.text, joined.spans) == (example.text, example.spans)


def mixer(seed: int = 1, swap: float = 1.0) -> TitleMixer:
    text = "Nora Vale (SE) - The Lantern Tour 2021 @ Kino Club, Bergen 12.03.2021"
    marks = [
        ("Nora Vale", "PER"),
        ("SE", "LOC"),
        ("The Lantern Tour", "MISC"),
        ("2021", "DATE"),
        ("Kino Club", "LOC"),
        ("Bergen", "LOC"),
    ]
    spans = [Span(text.index(surface), text.index(surface) + len(surface), label) for surface, label in marks]
    return TitleMixer([Example(text, tuple(spans))], MATERIAL, seed=seed, swap=swap, noise=0.0)


def test_mixer_keeps_shape_and_labels_and_swaps_names() -> None:
    source = mixer()
    copies = [source.draw() for _ in range(60)]
    assert {tuple(span.label for span in copy.spans) for copy in copies} == {
        ("PER", "LOC", "MISC", "DATE", "LOC", "LOC")
    }
    assert len({copy.text for copy in copies}) > 40
    for copy in copies:
        assert validate_spans(copy.text, copy.spans) == list(copy.spans)
        years = [copy.text[span.start : span.end] for span in copy.spans if span.label == "DATE"]
        assert all(year.isdigit() and len(year) == 4 for year in years)


def test_mixer_repeats_itself_for_a_seed() -> None:
    first, second = mixer(seed=4), mixer(seed=4)
    assert [first.draw() for _ in range(20)] == [second.draw() for _ in range(20)]


@pytest.mark.gold
def test_static_lists_hold_no_annotated_title() -> None:
    if not GOLD.is_dir():
        pytest.skip(f"no annotated titles at {GOLD}")
    lists = "\n".join(path.read_text(encoding="utf-8") for path in DATA.iterdir() if path.is_file()).casefold()
    found = []
    for name in ("train.jsonl", "eval.jsonl", "eval_fr.jsonl"):
        for line in (GOLD / name).read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            text = normalise_title(row["text"])
            if len(text.split()) >= 4 and text.casefold() in lists:
                found.append(text)
    assert found == []
