"""A small weighted grammar: rules in text files expand to labelled pieces of a title.

A file holds sections `[language]` and lines `rule*weight = expansion`. In an expansion `<rule>` refers to a rule of the language,
else of `common`, else to a provider (written in Python); `(a|b|)` chooses, `(a|b)?30` chooses in 30 % of cases, `{LABEL|...}` labels
what is inside, a backslash takes the next character as it stands, and ␣ is a blank at an edge. A line
`word += a; b; c` adds many short alternatives at once.
"""

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

COMMON = "common"
EXTENDED = frozenset(
    {"title", "after", "before", "generic", "venue_new"}
)  # a language adds to these, and replaces all others


class Piece(NamedTuple):
    """A part of a title; label is None outside of spans."""

    text: str
    label: str | None


class GrammarError(ValueError):
    """A grammar file cannot be read; str() names file and line."""


# A node is a literal string, ("ref", name), ("alt", nodes, percent), ("label", label, node) or ("seq", nodes).
Node = str | tuple

_RULE = re.compile(r"(?P<name>[a-z_0-9]+)(?:\*(?P<weight>[0-9.]+))?\s*(?P<kind>\+?=) ?(?P<body>.*)\Z")
_MAX_DEPTH = 40


@dataclass
class Grammar:
    """rules[language][name] is the list of (node, weight)."""

    rules: dict[str, dict[str, list[tuple[Node, float]]]] = field(default_factory=dict)

    def read(self, path: Path) -> None:
        """Adds the rules of a file. Raises GrammarError."""
        section = COMMON
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            line = line.strip("\r\n")  # noqa: PLW2901 - a trailing blank belongs to the expansion
            if not line.strip() or line.startswith("#"):
                continue
            if line.startswith("["):
                section = line.strip()[1:-1]
                continue
            try:
                self._add(section, line)
            except GrammarError as error:
                raise GrammarError(f"{path.name}:{number}: {error}") from error

    def _add(self, section: str, line: str) -> None:
        match = _RULE.match(line)
        if match is None:
            raise GrammarError(f"not a rule: {line!r}")
        bodies = (
            [match["body"]]
            if match["kind"] == "="
            else [part.strip() for part in match["body"].split(";") if part.strip()]
        )
        weight = float(match["weight"] or 1) / (len(bodies) if match["weight"] else 1)
        alternatives = self.rules.setdefault(section, {}).setdefault(match["name"], [])
        alternatives.extend((_parse(body), weight) for body in bodies)

    def find(self, language: str, name: str) -> list[tuple[Node, float]] | None:
        own = self.rules.get(language, {}).get(name, [])
        common = self.rules.get(COMMON, {}).get(name, [])
        return (own + common if name in EXTENDED else own or common) or None


class Expander:
    """Expands rules of one language for one title. Rules named in `fixed` are expanded once and then repeated."""

    def __init__(
        self,
        grammar: Grammar,
        providers: Mapping[str, Callable[[], str]],
        language: str,
        rng: random.Random,
        fixed: frozenset[str],
    ) -> None:
        self._grammar = grammar
        self._providers = providers
        self._language = language
        self._rng = rng
        self._fixed = fixed
        self._memory: dict[str, list[Piece]] = {}

    def expand(self, name: str, depth: int = 0) -> list[Piece]:
        if depth > _MAX_DEPTH:
            raise GrammarError(f"rule {name!r} never ends")
        if name in self._memory:
            return self._memory[name]
        pieces = self._expand_new(name, depth)
        if name in self._fixed:
            self._memory[name] = pieces
        return pieces

    def _expand_new(self, name: str, depth: int) -> list[Piece]:
        alternatives = self._grammar.find(self._language, name)
        if alternatives is None:
            if name not in self._providers:
                raise GrammarError(f"no rule {name!r} for {self._language!r}")
            return [Piece(self._providers[name](), None)]
        node = self._rng.choices([node for node, _ in alternatives], [weight for _, weight in alternatives])[0]
        return self._walk(node, depth + 1)

    def _walk(self, node: Node, depth: int) -> list[Piece]:
        if isinstance(node, str):
            return [Piece(node, None)]
        kind = node[0]
        if kind == "ref":
            return self.expand(node[1], depth)
        if kind == "seq":
            return [piece for part in node[1] for piece in self._walk(part, depth)]
        if kind == "label":
            text = "".join(piece.text for piece in self._walk(node[2], depth))
            return [Piece(text, node[1])]
        if node[2] < 100 and self._rng.random() * 100 >= node[2]:
            return []
        return self._walk(self._rng.choice(node[1]), depth)


def _parse(body: str) -> Node:
    node, rest = _parse_sequence(body, "")
    if rest:
        raise GrammarError(f"unexpected {rest!r}")
    return node


def _parse_sequence(text: str, stops: str) -> tuple[Node, str]:
    parts: list[Node] = []
    literal = ""
    while text and text[0] not in stops:
        if text[0] == "\\" and len(text) > 1:
            literal, text = literal + text[1], text[2:]
        elif text[0] in "<({":
            if literal:
                parts.append(literal)
                literal = ""
            node, text = _parse_group(text)
            parts.append(node)
        else:
            literal, text = literal + text[0].replace("␣", " "), text[1:]
    if literal or not parts:
        parts.append(literal)
    return (parts[0] if len(parts) == 1 else ("seq", parts)), text


def _parse_group(text: str) -> tuple[Node, str]:
    if text[0] == "<":
        name, closed, rest = text[1:].partition(">")
        if not closed:
            raise GrammarError(f"unclosed {text!r}")
        return ("ref", name), rest
    if text[0] == "{":
        label, _, rest = text[1:].partition("|")
        node, rest = _parse_sequence(rest, "}")
        if not rest:
            raise GrammarError(f"unclosed {text!r}")
        return ("label", label, node), rest[1:]
    return _parse_choice(text)


def _parse_choice(text: str) -> tuple[Node, str]:
    nodes: list[Node] = []
    rest = text
    while rest and rest[0] in "(|":
        node, rest = _parse_sequence(rest[1:], "|)")
        nodes.append(node)
    if not rest:
        raise GrammarError(f"unclosed {text!r}")
    percent = re.match(r"\)\?(\d+)", rest)
    if percent:
        return ("alt", nodes, int(percent[1])), rest[percent.end() :]
    return ("alt", nodes, 100), rest[1:]
