import random
from pathlib import Path

import pytest

from ner_core.synthetic.generate import LANGUAGES, load_grammar
from ner_core.synthetic.grammar import COMMON, Expander, Grammar, GrammarError, Piece
from ner_core.synthetic.lexicon import Lexicon
from ner_core.synthetic.material import Material


def expand(
    tmp_path: Path, rules: str, *, language: str = "xx", seed: int = 1, fixed: frozenset[str] = frozenset()
) -> list[Piece]:
    path = tmp_path / "test.grammar"
    path.write_text(rules, encoding="utf-8")
    grammar = Grammar()
    grammar.read(path)
    return Expander(grammar, {"act": lambda: "Ada"}, language, random.Random(seed), fixed).expand("title")


def test_expander_labels_what_is_inside_braces(tmp_path: Path) -> None:
    assert expand(tmp_path, "title = {PER|<act> Lane} live\n") == [Piece("Ada Lane", "PER"), Piece(" live", None)]


def test_expander_keeps_escaped_signs_and_edge_blanks(tmp_path: Path) -> None:
    assert expand(tmp_path, "title = ␣\\(<act>\\) \\| \\<\n") == [
        Piece(" (", None),
        Piece("Ada", None),
        Piece(") | <", None),
    ]


def test_expander_leaves_an_optional_part_out_at_no_percent(tmp_path: Path) -> None:
    assert expand(tmp_path, "title = a(b)?0\n") == [Piece("a", None)]


def test_expander_prefers_the_rule_of_the_language(tmp_path: Path) -> None:
    rules = "title = <and>\nand = and\n[xx]\nand = og\n"
    assert expand(tmp_path, rules) == [Piece("og", None)]
    assert expand(tmp_path, rules, language="en") == [Piece("and", None)]


def test_expander_repeats_a_fixed_rule_within_a_title(tmp_path: Path) -> None:
    rules = "title = <sep><sep><sep><sep><sep><sep>\nsep += a; b; c; d\n"
    texts = {
        "".join(piece.text for piece in expand(tmp_path, rules, seed=seed, fixed=frozenset({"sep"})))
        for seed in range(9)
    }
    assert texts <= {"aaaaaa", "bbbbbb", "cccccc", "dddddd"}
    assert len(texts) > 1


@pytest.mark.parametrize("rules", ["title = (a", "title = <act", "title = {PER|a", "???"])
def test_grammar_names_file_and_line_of_a_mistake(tmp_path: Path, rules: str) -> None:
    path = tmp_path / "bad.grammar"
    path.write_text(f"# first\n{rules}\n", encoding="utf-8")
    with pytest.raises(GrammarError, match=r"bad\.grammar:2"):
        Grammar().read(path)


def test_expander_stops_a_rule_that_refers_to_itself(tmp_path: Path) -> None:
    with pytest.raises(GrammarError, match="never ends"):
        expand(tmp_path, "title = <title>\n")


def references(node: str | tuple) -> list[str]:
    if isinstance(node, str):
        return []
    if node[0] == "ref":
        return [node[1]]
    return references(node[2]) if node[0] == "label" else [name for part in node[1] for name in references(part)]


def test_every_reference_of_the_grammar_has_a_rule_or_a_provider() -> None:
    grammar = load_grammar()
    known = set(grammar.rules[COMMON]) | set(Lexicon(Material.small(), random.Random(1), "en").table)
    unknown = [
        (language, rule, name)
        for language, rules in grammar.rules.items()
        for rule, alternatives in rules.items()
        for node, _ in alternatives
        for name in references(node)
        if name not in known and name not in rules
    ]
    assert unknown == []


def test_every_language_of_the_grammar_is_drawn() -> None:
    assert set(load_grammar().rules) - {COMMON} <= set(LANGUAGES)
