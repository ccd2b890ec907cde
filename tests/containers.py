"""What the container files say, read without a container engine."""

import json
import re
from dataclasses import dataclass, field

import yaml

from annotator.settings.env import BASE_DIR

COMPOSE = yaml.safe_load((BASE_DIR / "docker-compose.yml").read_text(encoding="utf8"))
DOCKERFILE = (BASE_DIR / "Dockerfile").read_text(encoding="utf8")


@dataclass
class Stage:
    """One stage of the Dockerfile with what it inherits from the stages before it."""

    base: str
    lines: list[str] = field(default_factory=list)

    def last(self, instruction: str) -> str | None:
        found = [line.partition(" ")[2] for line in self.lines if line.startswith(f"{instruction} ")]
        return found[-1] if found else None

    @property
    def environment(self) -> dict[str, str]:
        lines = [line.partition(" ")[2] for line in self.lines if line.startswith("ENV ")]
        return dict(re.findall(r"([A-Z_]+)=(\S+)", " ".join(lines)))

    @property
    def command(self) -> list[str]:
        return json.loads(self.last("CMD"))


def read_stages() -> dict[str, Stage]:
    stages: dict[str, Stage] = {}
    joined = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE))
    for line in filter(None, joined.splitlines()):
        if line.startswith("FROM "):
            _, base, _, name = line.split()
            inherited = stages[base].lines if base in stages else []
            stages[name] = current = Stage(base, list(inherited))
        elif stages:
            current.lines.append(line)
    return stages


STAGES = read_stages()


def own_services() -> dict[str, dict]:
    """Those that run our images."""
    return {name: service for name, service in COMPOSE["services"].items() if "build" in service}


def seconds(duration: str) -> int:
    number, unit = re.fullmatch(r"(\d+)(s|m)", duration).groups()
    return int(number) * {"s": 1, "m": 60}[unit]


def queues_of(command: list[str]) -> set[str]:
    return set(command[command.index("--queues") + 1].split(",")) if "--queues" in command else set()
