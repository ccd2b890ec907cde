"""docs/api.md: its examples run as they stand, and it explains every code."""

import os
import re
import shutil
import subprocess

import pytest
from django.utils import timezone

from annotator.domain.datasets import create_snapshot
from annotator.models import ApiToken, WorkerHeartbeat
from annotator.settings.env import BASE_DIR
from tests.factories import make_annotation

GUIDE = (BASE_DIR / "docs" / "api.md").read_text(encoding="utf8")
PYTHON = re.findall(r"^```python\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
SHELL = re.findall(r"^```sh\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def environment(live_server, transactional_db, lead, tagger, settings, tmp_path, monkeypatch):
    settings.SNAPSHOTS_DIR = tmp_path / "snapshots"
    make_annotation()
    create_snapshot(actor=lead)
    WorkerHeartbeat.objects.create(hostname="worker@here", seen_at=timezone.now())
    _, secret = ApiToken.objects.create(lead, expiry=None, name="guide")
    monkeypatch.setenv("DESK", live_server.url)
    monkeypatch.setenv("TOKEN", secret)
    return os.environ


def test_the_python_examples_run_one_after_the_other(environment):
    names: dict[str, object] = {}
    for example in PYTHON:
        exec(compile(example, "docs/api.md", "exec"), names)  # noqa: S102  our own documentation

    assert names["ask"]("GET", f"{names['path']}/results")["results"][0]["prediction"]["text"] == "Ana Torres in Lyon"
    assert names["snapshot"]["rows"] == 1


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("number", range(len(SHELL)))
def test_the_shell_examples_run(environment, tmp_path, number):
    """--fail-with-body: an answer beyond 399 is a failure."""
    script = "set -eu\n" + SHELL[number].replace("curl -sS", "curl -sS --fail-with-body")
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_every_code_of_the_schema_is_explained(published):
    described = set(re.findall(r"`([a-z_]+)`", GUIDE[GUIDE.index("## Errors") :]))
    codes = {
        code
        for operation in (found for methods in published.document["paths"].values() for found in methods.values())
        for status, response in operation["responses"].items()
        if status[0] in "45"
        for content in response["content"].values()
        for example in content.get("examples", {}).values()
        for code in [example["value"]["error"]["code"]]
    }

    assert codes - described == set()
