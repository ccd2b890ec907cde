"""The commands of README.md and docs/: finds them, and runs what can be run here; tests/guide_checks.py looks at the rest."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from annotator.settings.env import BASE_DIR
from tests.guide_checks import check, check_variables

# Indented blocks that are no commands; everywhere else such blocks are fenced and say their language.
NO_COMMANDS = {"docs/architecture.md": "trees of modules"}
OTHER_LANGUAGES = {"python", "json", "yaml", "text"}
# Blocks that are run for real by another test.
RUN_ELSEWHERE = {"docs/api.md": "tests/annotator/api/test_guide.py"}
# manage.py commands that are not run here, but parsed with their arguments.
PARSED_ONLY = {
    "train": "trains for an hour",
    "simulate_loop": "trains many models",
    "models": "names a candidate that only a training makes",
    "createsuperuser": "asks for a password",
}
# Programs that are not run, and how what they are told is checked (below): no daemon, no cluster, another user, hours, a browser.
STAND_INS = ("docker", "kubectl", "make", "chown")
# All that a block may call besides.
PROGRAMS = ("cat", "head", "base64", "tr", "cp", "mkdir", "chmod", "curl")
INLINE = re.compile(r"`(?:\.venv/bin/python )?(manage\.py [a-z_]+[^`\n]*|make [a-z-]+[^`\n]*)`")
END = "\037"
RECORD = 'for word in "{name}" "$@"; do printf "%s\\037" "$word"; done >> "$RECORD"; echo >> "$RECORD"\n'


@dataclass(frozen=True)
class Block:
    page: str
    line: int
    script: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def pages() -> list[Path]:
    return [BASE_DIR / "README.md", *sorted((BASE_DIR / "docs").glob("*.md"))]


def all_blocks() -> list[Block]:
    return [block for page in pages() for block in find_blocks(page)]


def find_blocks(page: Path) -> Iterator[Block]:
    """What a reader would type, block by block. Of a block with "$ " only those lines: the others are answers."""
    name = str(page.relative_to(BASE_DIR))
    for language, line, lines in _raw_blocks(page.read_text(encoding="utf8").split("\n")):
        assert language in {"sh", "indented"} | OTHER_LANGUAGES, f"{name}:{line}: say the language of this block"
        if language in OTHER_LANGUAGES or (language == "indented" and name in NO_COMMANDS):
            continue
        if language == "sh" and name in RUN_ELSEWHERE:
            continue
        typed = [text[2:] for text in lines if text.startswith("$ ")] or lines
        yield Block(name, line, "\n".join(typed) + "\n")


def _raw_blocks(lines: list[str]) -> Iterator[tuple[str, int, list[str]]]:
    """(language or "indented", number of the first line, lines without fence and indentation)."""
    at = 0
    while at < len(lines):
        start, fence = at, lines[at].startswith("```")
        if fence:
            at = lines.index("```", at + 1)
            yield lines[start][3:], start + 1, lines[start + 1 : at]
        elif lines[at].startswith("    ") and (at == 0 or not lines[at - 1].strip()):
            while at + 1 < len(lines) and lines[at + 1].startswith("    "):
                at += 1
            yield "indented", start + 1, [line[4:] for line in lines[start : at + 1]]
        at += 1


class Shell:
    """Runs blocks in a directory that looks like the clone, with a `.venv/bin/python` and programs that note what they are told."""

    def __init__(self, home: Path, environment: dict[str, str]) -> None:
        self.place, self.programs, self.record = home / "clone", home / "programs", home / "record"
        self.place.mkdir(parents=True)
        self.programs.mkdir()
        self.environment = environment | {"PATH": str(self.programs), "RECORD": str(self.record)}
        self._lay_out_clone()
        self._lay_out_programs()

    def _lay_out_clone(self) -> None:
        for found in BASE_DIR.iterdir():
            if not found.name.startswith(".") and found.name != "var":
                (self.place / found.name).symlink_to(found)
        shutil.copy(BASE_DIR / ".env.example", self.place)
        (self.place / "gold.jsonl").write_text(
            '{"text": "Ana in Rome", "spans": [{"start": 0, "end": 3, "label": "PER"}]}\n'
        )
        (self.place / ".venv/bin").mkdir(parents=True)
        parsed = "|".join(PARSED_ONLY)
        write_program(
            self.place / ".venv/bin/python",
            RECORD.format(name="python")
            + f'case "$1 $2" in\n"-m gunicorn") shift 2; exec {sys.executable} -m gunicorn --check-config "$@";;\nesac\n'
            + f'case "$1" in -m) exit 0;; esac\ncase "$2" in {parsed}) exit 0;; esac\nexec {sys.executable} "$@"\n',
        )

    def _lay_out_programs(self) -> None:
        for name in STAND_INS:
            write_program(self.programs / name, RECORD.format(name=name))
        for name in PROGRAMS:
            if found := shutil.which(name):
                (self.programs / name).symlink_to(found)

    def problems(self, script: str) -> list[str]:
        """What is wrong with these commands: runs them, then looks at what was noted."""
        self.record.write_text("")
        failing = script.replace("curl ", "curl --fail-with-body --silent --show-error ")
        bash = [shutil.which("bash"), "-c", "set -euo pipefail\n" + failing]
        done = subprocess.run(bash, cwd=self.place, env=self.environment, capture_output=True, text=True, timeout=60)
        found = [f"exit code {done.returncode}: {done.stderr}{done.stdout}"] if done.returncode else []
        found += check_variables(script)
        return found + [problem for words in self.recorded() for problem in check(words)]

    def recorded(self) -> list[list[str]]:
        return [line.split(END)[:-1] for line in self.record.read_text().splitlines()]


def write_program(path: Path, text: str) -> None:
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)


def inline_commands() -> list[tuple[str, str]]:
    """(page, command) for each command within a sentence or a table."""
    return [(page.name, found) for page in pages() for found in INLINE.findall(page.read_text(encoding="utf8"))]


def block_environment(desk_environment: dict[str, str], home: Path) -> dict[str, str]:
    return {**os.environ, **desk_environment, "HF_HUB_OFFLINE": "1", "STATIC_ROOT": str(home / "static")}
