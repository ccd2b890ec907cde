"""Where two readings of one title differ, and the reading that choosing between them makes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Choice(StrEnum):
    LEFT = "left"
    RIGHT = "right"
    NEITHER = "neither"


@dataclass(frozen=True)
class Difference:
    """One place in the title, as each reading has it; what overlaps is one difference, so that any choice is a valid reading."""

    left: tuple[dict, ...]
    right: tuple[dict, ...]

    @property
    def start(self) -> int:
        return min(span["start"] for span in (*self.left, *self.right))


def find_differences(left: Sequence[dict], right: Sequence[dict]) -> list[Difference]:
    """In the order of the title. Spans that both readings have are no difference."""
    only = [(span, True) for span in left if span not in right] + [(span, False) for span in right if span not in left]
    groups: list[list[tuple[dict, bool]]] = []
    reach = 0
    for span, is_left in sorted(only, key=lambda pair: (pair[0]["start"], pair[0]["end"])):
        if not groups or span["start"] >= reach:
            groups.append([])
        groups[-1].append((span, is_left))
        reach = max(reach, span["end"])
    return [Difference(_side(group, left=True), _side(group, left=False)) for group in groups]


def combine(left: Sequence[dict], right: Sequence[dict], choices: Iterable[Choice]) -> list[dict]:
    """What both have, and of each difference what was chosen. As many choices as differences."""
    spans = [span for span in left if span in right]
    for difference, choice in zip(find_differences(left, right), choices, strict=True):
        spans += {Choice.LEFT: difference.left, Choice.RIGHT: difference.right, Choice.NEITHER: ()}[choice]
    return sorted(spans, key=lambda span: (span["start"], span["end"]))


def _side(group: Iterable[tuple[dict, bool]], *, left: bool) -> tuple[dict, ...]:
    return tuple(span for span, is_left in group if is_left == left)
