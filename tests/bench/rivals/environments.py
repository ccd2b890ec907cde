"""Virtual environments of the rivals, built once from the package index, and how large an installation is."""

import hashlib
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path

from packaging.utils import canonicalize_name

BUILT = ".built"
OF_EVERY_ENVIRONMENT = {"pip", "setuptools"}


@dataclass(frozen=True)
class Environment:
    """`pins`: what pip is given; it chooses the newest releases of the rest."""

    directory: Path
    pins: tuple[str, ...]

    @classmethod
    def of(cls, root: Path, name: str, pins: tuple[str, ...]) -> "Environment":
        digest = hashlib.sha256("\n".join((sys.version, *pins)).encode()).hexdigest()[:12]
        return cls(root / f"{name}-{digest}", pins)

    def build(self) -> None:
        """Once; a build that was cut off is begun again."""
        if (self.directory / BUILT).exists():
            return
        _run([sys.executable, "-m", "venv", "--clear", str(self.directory)])
        _run([self.executable("python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *self.pins])
        (self.directory / BUILT).touch()

    def executable(self, name: str) -> str:
        return str(self.directory / "bin" / name)

    def installed(self) -> list[Distribution]:
        (packages,) = self.directory.glob("lib/python*/site-packages")
        return list(distributions(path=[str(packages)]))

    def release(self, name: str) -> str:
        return next(one.version for one in self.installed() if canonicalize_name(one.name) == name)


def megabytes_of(packages: Iterable[Distribution]) -> float:
    """Of all files that these packages brought; pip and setuptools, which every environment has, are left out."""
    counted = (one for one in packages if canonicalize_name(one.name) not in OF_EVERY_ENVIRONMENT)
    files = (Path(file.locate()) for one in counted for file in one.files or ())
    return sum(file.stat().st_size for file in files if file.is_file()) / 1e6


def megabytes_in(directory: Path) -> float:
    return sum(file.stat().st_size for file in directory.rglob("*") if file.is_file()) / 1e6


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
