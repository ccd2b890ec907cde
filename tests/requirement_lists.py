"""Our lists of requirements, and which installed modules belong to them."""

import re
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, packages_distributions, requires

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from annotator.settings.env import BASE_DIR


def pins(name: str) -> dict[str, str]:
    """Package -> its whole line, of one file alone; what `-r` names is not followed."""
    lines = (BASE_DIR / name).read_text(encoding="utf8").splitlines()
    named = [line.partition(" #")[0].strip() for line in lines if line and not line.startswith(("#", "-r"))]
    return {canonicalize_name(Requirement(line).name): line for line in named}


def included(name: str) -> list[str]:
    return re.findall(r"^-r (\S+)$", (BASE_DIR / name).read_text(encoding="utf8"), re.MULTILINE)


def modules_outside(name: str) -> set[str]:
    """Top-level modules that are installed here, but would not be with this file alone."""
    inside = closure(pins(name).values())
    return {
        module
        for module, owners in packages_distributions().items()
        if not inside & {canonicalize_name(owner) for owner in owners}
    }


def closure(lines: Iterable[str]) -> set[str]:
    """Names of all packages that these requirements bring, themselves among them."""
    waiting, seen = [Requirement(line) for line in lines], set()
    while waiting:
        requirement = waiting.pop()
        key = (canonicalize_name(requirement.name), frozenset(requirement.extras))
        if key not in seen:
            seen.add(key)
            waiting += _needs(requirement)
    return {name for name, _ in seen}


def _needs(requirement: Requirement) -> Iterator[Requirement]:
    try:
        needed = [Requirement(line) for line in requires(requirement.name) or ()]
    except PackageNotFoundError:  # for another platform
        return
    extras = requirement.extras or {""}
    yield from (need for need in needed if not need.marker or any(need.marker.evaluate({"extra": e}) for e in extras))
