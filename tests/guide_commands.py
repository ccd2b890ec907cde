"""The commands of README.md and docs/: finds them, runs what can be run here, and holds the rest against what it names."""

import contextlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import yaml
from celery.bin.celery import celery as celery_program
from django.conf import settings
from django.core.management import CommandError, get_commands, load_command_class

from annotator.settings.env import BASE_DIR
from tests.test_docs import options_of, settings_read

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
OTHER_VARIABLES = {"DJANGO_SETTINGS_MODULE", "OMP_NUM_THREADS", "PYTHONPATH"}
DOCKER_OPTIONS = {"up": {"--detach", "--build", "--scale"}, "exec": set(), "build": set(), "ps": set()}
ASSIGNMENTS = re.compile(r"^((?:[A-Z][A-Z0-9_]*=(?!\$\()\S+[ ]+)+)\S", re.MULTILINE)
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


def check(words: list[str]) -> list[str]:
    program, *arguments = words
    checks = {
        "python": check_python,
        "make": check_make,
        "docker": check_docker,
        "kubectl": check_kubectl,
        "chown": check_chown,
    }
    return [f"{' '.join(words)}: {problem}" for problem in checks[program](arguments)]


def check_variables(script: str) -> list[str]:
    names = {found.split("=")[0] for group in ASSIGNMENTS.findall(script) for found in group.split()}
    problems = [f"{name} is no setting" for name in sorted(names - settings_read() - OTHER_VARIABLES)]
    modules = re.findall(r"DJANGO_SETTINGS_MODULE=(\S+)", script)
    return problems + [f"there is no module {module}" for module in modules if not exists(module)]


def exists(module: str) -> bool:
    with contextlib.suppress(ModuleNotFoundError):
        return find_spec(module) is not None
    return False


def check_python(words: list[str]) -> list[str]:
    if words[0] == "manage.py":
        return check_manage(words[1:])
    if words[0] != "-m":
        return [] if (BASE_DIR / words[0]).exists() else [f"there is no {words[0]}"]
    if words[1] == "celery":
        return check_celery(words[2:])
    return check_module(words[1], words[2:])


def check_manage(words: list[str]) -> list[str]:
    """Parses the arguments as manage.py would."""
    name, *arguments = words
    if name not in get_commands():
        return [f"manage.py has no {name}"]
    parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
    try:
        parser.parse_args(arguments)
    except (CommandError, SystemExit) as error:
        return [str(error)]
    return []


def check_module(module: str, words: list[str]) -> list[str]:
    """The module is there, and its text names every option (a program of others: only that it is there)."""
    if not exists(module):
        return [f"there is no module {module}"]
    origin = Path(find_spec(module).origin)
    if BASE_DIR not in origin.parents:
        return []
    main = origin.with_name("__main__.py") if origin.name == "__init__.py" else origin
    text = main.read_text(encoding="utf8")
    return [f"{module} knows no {word}" for word in words if word.startswith("--") and f'"{word}"' not in text]


def check_celery(words: list[str]) -> list[str]:
    commands = [word for word in words if word in celery_program.commands]
    if not commands:
        return ["celery is told to do nothing that it can do"]
    parameters = [*celery_program.params, *celery_program.commands[commands[0]].params]
    known = {option for parameter in parameters for option in parameter.opts}
    problems = [f"celery knows no {word}" for word in words if word.startswith("--") and word not in known]
    if not exists(words[words.index("--app") + 1]):
        problems.append("there is no such app")
    queues = words[words.index("--queues") + 1].split(",") if "--queues" in words else []
    return problems + [f"nothing is sent to the queue {name}" for name in queues if name not in known_queues()]


def known_queues() -> set[str]:
    return {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()} | {settings.CELERY_TASK_DEFAULT_QUEUE}


def check_make(words: list[str]) -> list[str]:
    text = (BASE_DIR / "Makefile").read_text(encoding="utf8")
    variables = [word.split("=")[0] for word in words if "=" in word]
    targets = [word for word in words if "=" not in word]
    problems = [f"make has no {name}" for name in targets if not re.search(rf"^{re.escape(name)}:", text, re.MULTILINE)]
    return problems + [
        f"the Makefile reads no {name}" for name in variables if f"$({name})" not in text and f"{name} ?=" not in text
    ]


def check_docker(words: list[str]) -> list[str]:
    """`docker compose` alone: its command, options and services, and what is run inside."""
    if words[0] != "compose" or words[1] not in DOCKER_OPTIONS:
        return [f"not looked at yet: {' '.join(words[:2])}"]
    services = yaml.safe_load((BASE_DIR / "docker-compose.yml").read_text(encoding="utf8"))["services"]
    options = [word for word in words[2:] if word.startswith("--")]
    problems = (
        [f"{word} is not known" for word in options if word not in DOCKER_OPTIONS[words[1]]]
        if words[1] != "exec"
        else []
    )
    if words[1] == "exec":
        service, program, *arguments = words[2:]
        problems += [] if service in services else [f"docker-compose.yml has no {service}"]
        problems += check_python(arguments) if program == "python" else [f"not looked at yet: {program}"]
    return problems


def manifests() -> str:
    """Every line of the manifests, comments included: a name that stands in none of them is wrong."""
    return "\n".join(file.read_text(encoding="utf8") for file in sorted((BASE_DIR / "deploy/kubernetes").rglob("*.*")))


def check_kubectl(words: list[str]) -> list[str]:
    """Directories have a kustomization; namespace, secret, its keys, deployments and jobs are those of the manifests."""
    ours, _, inside = " ".join(words).partition(" -- ")
    problems = [
        f"{path} has no kustomization"
        for path in re.findall(r"--kustomize (\S+)", ours)
        if not (BASE_DIR / path / "kustomization.yaml").is_file()
    ]
    kinds = {"Deployment": r"deployment/(\S+)", "Job": r"\bjob (\S+)", "Namespace": r"namespace (\S+)"}
    for kind, pattern in kinds.items():
        problems += [
            f"the manifests have no {kind} {name}" for name in re.findall(pattern, ours) if not has_resource(kind, name)
        ]
    names = re.findall(r"secret generic (\S+)", ours)
    problems += [f"the manifests read no secret {name}" for name in names if f"secretName: {name}" not in manifests()]
    keys = re.findall(r"--from-literal=([\w-]+)=", ours)
    problems += [f"the manifests read no key {key}" for key in keys if f"key: {key}," not in manifests()]
    return problems + (check_python(inside.split()[1:]) if inside else [])


def has_resource(kind: str, name: str) -> bool:
    return (
        re.search(rf"^kind: {kind}\nmetadata:\n?.*\bname: {re.escape(name)}\b", manifests(), re.MULTILINE) is not None
    )


def check_chown(words: list[str]) -> list[str]:
    """The user is the one inside the images."""
    return (
        []
        if re.search(rf"\b{words[0]}\b", (BASE_DIR / "Dockerfile").read_text(encoding="utf8"))
        else ["not the user of the images"]
    )


def inline_commands() -> list[tuple[str, str]]:
    """(page, command) for each command within a sentence or a table."""
    return [(page.name, found) for page in pages() for found in INLINE.findall(page.read_text(encoding="utf8"))]


def check_inline(command: str) -> list[str]:
    """Words such as FILE stand for anything there: names and options are looked at, values are not."""
    program, name, *words = command.split()
    if program == "make":
        return check_make([name, *words])
    if name not in get_commands():
        return [f"manage.py has no {name}"]
    known = options_of(load_command_class(get_commands()[name], name).create_parser("manage.py", name))
    return [f"{name} knows no {word}" for word in words if word.startswith("--") and word not in known]


def block_environment(desk_environment: dict[str, str], home: Path) -> dict[str, str]:
    return {**os.environ, **desk_environment, "HF_HUB_OFFLINE": "1", "STATIC_ROOT": str(home / "static")}
