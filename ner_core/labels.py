"""The label set of the product and the class schemes that a checkpoint may use for it."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np

LABELS = ("PER", "LOC", "ORG", "MISC", "DATE")
OUTSIDE = "O"

SchemeKind = Literal["BIO", "IO"]


class SchemeError(ValueError):
    """The classes of a checkpoint cannot be read as BIO or IO over LABELS; str() names the classes at fault."""


@dataclass(frozen=True)
class LabelScheme:
    """What each output class of a model means, and which class may follow which.

    kind "BIO": O, B-X (first unit of a span) and I-X (the rest of it).
    kind "IO":  O and X (or I-X): a span is a longest run of one label, so two spans of one label never touch.

    The arrays below have C rows (classes); a row is "from", a column is "to".
    """

    kind: SchemeKind
    id2label: tuple[str, ...]
    labels: tuple[str | None, ...] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", tuple(_split(name)[1] for name in self.id2label))
        _check(self)

    @classmethod
    def bio(cls, labels: tuple[str, ...] = LABELS) -> "LabelScheme":
        """The scheme of our own checkpoints: O, B-PER, I-PER, B-LOC ..."""
        return cls("BIO", (OUTSIDE, *(f"{prefix}-{label}" for label in labels for prefix in "BI")))

    @classmethod
    def io(cls, labels: tuple[str, ...] = LABELS) -> "LabelScheme":
        return cls("IO", (OUTSIDE, *labels))

    @classmethod
    def from_id2label(cls, id2label: dict[int, str] | dict[str, str]) -> "LabelScheme":
        """Infers the kind from a model's config. Raises SchemeError for holes and for classes that are not ours."""
        by_id = {int(key): name for key, name in id2label.items()}
        if sorted(by_id) != list(range(len(by_id))):
            raise SchemeError(f"class ids must be 0..{len(by_id) - 1} without holes, got {sorted(by_id)}")
        names = tuple(by_id[key] for key in range(len(by_id)))
        kind: SchemeKind = "BIO" if any(name.startswith("B-") for name in names) else "IO"
        return cls(kind, names)

    def to_dict(self) -> dict:
        return {"kind": self.kind, "id2label": list(self.id2label)}

    @classmethod
    def from_dict(cls, data: dict) -> "LabelScheme":
        return cls(data["kind"], tuple(data["id2label"]))

    @property
    def span_labels(self) -> tuple[str, ...]:
        """The labels that this scheme can give, in the order of LABELS."""
        return tuple(label for label in LABELS if label in self.labels)

    @cached_property
    def outside(self) -> int:
        return self.id2label.index(OUTSIDE)

    @cached_property
    def inside(self) -> np.ndarray:
        """int [C]: the class of the second and later pieces of a unit whose first piece has this class."""
        ids = {name: index for index, name in enumerate(self.id2label)}
        return np.array([ids["I-" + name[2:]] if name.startswith("B-") else ids[name] for name in self.id2label])

    @cached_property
    def allowed(self) -> np.ndarray:
        """bool [C, C]: may the class of the column follow that of the row?"""
        if self.kind == "IO":
            return np.ones((len(self.id2label),) * 2, dtype=bool)
        return ~self._is_inside[None, :] | self.continues

    @cached_property
    def allowed_first(self) -> np.ndarray:
        """bool [C]: may a text begin with this class?"""
        return np.ones(len(self.id2label), dtype=bool) if self.kind == "IO" else ~self._is_inside

    @cached_property
    def continues(self) -> np.ndarray:
        """bool [C, C]: does the column carry on the span of the row?"""
        same = np.array([[a is not None and a == b for b in self.labels] for a in self.labels])
        return same if self.kind == "IO" else same & self._is_inside[None, :]

    @cached_property
    def label_ids(self) -> np.ndarray:
        """int [C]: the place of each class's label in LABELS, -1 for O."""
        return np.array([-1 if label is None else LABELS.index(label) for label in self.labels])

    @cached_property
    def starts(self) -> np.ndarray:
        """bool [C, C]: does a span start at the column when the row came before?"""
        in_span = np.array([label is not None for label in self.labels])
        return in_span[None, :] & self.allowed & ~self.continues

    @cached_property
    def _is_inside(self) -> np.ndarray:
        return np.array([name.startswith("I-") for name in self.id2label])


def _split(name: str) -> tuple[str, str | None]:
    if name == OUTSIDE:
        return "", None
    prefix, dash, label = name.partition("-")
    return (prefix, label) if dash and prefix in {"B", "I"} else ("", name)


def _check(scheme: LabelScheme) -> None:
    names = scheme.id2label
    if scheme.kind not in ("BIO", "IO"):
        raise SchemeError(f"scheme kind must be BIO or IO, not {scheme.kind!r}")
    if len(set(names)) != len(names):
        raise SchemeError(f"a class is named twice in {list(names)}")
    if OUTSIDE not in names or len(names) < 2:
        raise SchemeError(f"the classes must hold O and at least one label, got {list(names)}")
    unknown = [name for name, label in zip(names, scheme.labels, strict=True) if label not in (None, *LABELS)]
    if unknown:
        raise SchemeError(f"classes {unknown} are not among {list(LABELS)} with or without B-/I-")
    _check_prefixes(scheme)


def _check_prefixes(scheme: LabelScheme) -> None:
    prefixes: dict[str, set[str]] = {}
    for name in scheme.id2label:
        prefix, label = _split(name)
        if label is not None:
            prefixes.setdefault(label, set()).add(prefix)
    legal = [{"B", "I"}] if scheme.kind == "BIO" else [{"I"}, {""}]
    wrong = [label for label, found in prefixes.items() if found not in legal]
    if wrong:
        raise SchemeError(f"classes of {wrong} do not fit {scheme.kind}: {list(scheme.id2label)}")
