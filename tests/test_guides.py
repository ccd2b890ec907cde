"""Every command in README.md and docs/ is what it says: it runs on a desk of its own, or what it names is there."""

import re
import secrets
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from annotator.settings.env import BASE_DIR
from tests.faults.desk import TaggingDesk
from tests.guide_checks import check_inline
from tests.guide_commands import (
    PARSED_ONLY,
    RUN_ELSEWHERE,
    Block,
    Shell,
    all_blocks,
    block_environment,
    find_blocks,
    inline_commands,
)

PICTURES = BASE_DIR / "docs" / "images" / "reviewers"
WRONG = [
    "make rum",
    "make run PROT=8001",
    ".venv/bin/python manage.py trian",
    ".venv/bin/python manage.py import_titles no-such-file.txt",
    ".venv/bin/python manage.py train --step 5x",
    ".venv/bin/python manage.py models demote starter",
    ".venv/bin/python -m tests.no_pictures",
    ".venv/bin/python -m tests.pictures --outputs here",
    ".venv/bin/python -m gunicorn annotator.wsgy",
    ".venv/bin/python -m celery --app annotator.celery_app worker --queues tags",
    "VARDIR=/srv/other make run",
    "DJANGO_SETTINGS_MODULE=annotator.settings.production .venv/bin/python -m celery --app annotator.celery_app beat",
    "docker compose exec wep python manage.py createsuperuser",
    "docker compose up --detached",
    "kubectl apply --kustomize deploy/kubernetes/overlays/examples",
    "kubectl --namespace lineup-desk rollout status deployment/webs",
    "kubectl --namespace lineup-desk create secret generic lineup-desk --from-literal=secretkey=1",
    "chown 10002 gold.jsonl",
    "cp .env.exmaple .env",
    "apt-get install curl",
]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TaggingDesk]:
    """What `make run` starts, without the demo titles."""
    home = tmp_path_factory.mktemp("guides")
    desk = TaggingDesk(home / "var", BASE_DIR / "ner_core" / "starter", HF_HUB_OFFLINE="1", WORKER_CONCURRENCY="1")
    desk.open()
    try:
        yield desk
    finally:
        desk.stop()


@pytest.fixture(scope="module")
def token(desk: TaggingDesk) -> str:
    return desk.manage("create_token", "Guides").strip()


@pytest.fixture(scope="module")
def problems(
    desk: TaggingDesk, token: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[str]]:
    """Script -> what is wrong with it, of all scripts that were chosen: two at a time, since starting Python takes most of the time."""
    chosen = [item.callspec.params["script"] for item in request.session.items if "problems" in item.fixturenames]
    scripts = list(dict.fromkeys(str_of(script) for script in chosen))

    def run(script: str) -> list[str]:
        home = tmp_path_factory.mktemp("block")
        return Shell(home, environment_of(desk, script, home)).problems(filled_in(script, desk, token))

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(scripts, pool.map(run, scripts), strict=True))


def str_of(script: Block | str) -> str:
    return script if isinstance(script, str) else script.script


def environment_of(desk: TaggingDesk, script: str, home: Path) -> dict[str, str]:
    """That of the desk; static files are collected under the production settings only."""
    own = {"DJANGO_SETTINGS_MODULE": "tests.faults.desk_settings", "VAR_DIR": str(desk.var_dir)}
    if "collectstatic" in script:
        own |= {
            "DJANGO_SETTINGS_MODULE": "annotator.settings.prod",
            "DATABASE_URL": f"sqlite:///{desk.var_dir}/db.sqlite3",
        }
        own |= {
            "SECRET_KEY": secrets.token_urlsafe(64),
            "REDIS_URL": "redis://127.0.0.1:6379/0",
            "ALLOWED_HOSTS": "desk.example",
        }
    return block_environment(desk.environment | own, home)


def filled_in(script: str, desk: TaggingDesk, token: str) -> str:
    """What a reader fills in."""
    script = script.replace("http://127.0.0.1:8000", f"http://127.0.0.1:{desk.port}").replace("lud_…", token)
    return re.sub(r"--user LEAD\b", "--user admin", script)


@pytest.mark.model
@pytest.mark.parametrize("script", all_blocks(), ids=str)
def test_every_block_does_what_it_says(script: Block, problems):
    if "curl " in script.script and shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    assert problems[script.script] == []


@pytest.mark.model
@pytest.mark.parametrize("script", WRONG)
def test_a_wrong_command_is_found(script, problems):
    assert problems[script] != []


@pytest.mark.parametrize(("where", "command"), inline_commands())
def test_every_command_in_a_sentence_exists(where, command):
    assert check_inline(command) == []


@pytest.mark.parametrize("command", ["manage.py bakup", "manage.py backup --cheque", "make rum", "make run PROT=1"])
def test_a_wrong_command_in_a_sentence_is_found(command):
    assert check_inline(command) != []


def test_a_block_without_a_language_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("tests.guide_commands.BASE_DIR", tmp_path)
    page = tmp_path / "page.md"
    page.write_text("```\nmake run\n```\n")
    with pytest.raises(AssertionError, match=r"page\.md:1: say the language"):
        list(find_blocks(page))


def test_the_exceptions_are_needed():
    scripts = "\n".join(block.script for block in all_blocks())
    assert [name for name in PARSED_ONLY if f"manage.py {name}" not in scripts] == []
    assert all((BASE_DIR / test).is_file() for test in RUN_ELSEWHERE.values())


def test_every_alert_is_explained_and_none_that_is_gone():
    rules = yaml.safe_load((BASE_DIR / "deploy/prometheus/alerts.yml").read_text(encoding="utf8"))
    alerts = {rule["alert"]: rule["labels"]["severity"] for group in rules["groups"] for rule in group["rules"]}
    rows = re.findall(
        r"^\| `(Lineup\w+)`( \(page\))? \|", (BASE_DIR / "docs/running.md").read_text("utf8"), re.MULTILINE
    )
    assert {name: "page" if page else "ticket" for name, page in rows} == alerts


def test_every_picture_is_small_and_shown():
    shown = set(re.findall(r"images/reviewers/([\w-]+\.png)", (BASE_DIR / "docs/reviewers.md").read_text("utf8")))
    assert shown == {file.name for file in PICTURES.glob("*")}
    assert [file.name for file in PICTURES.iterdir() if file.stat().st_size >= 150_000] == []
