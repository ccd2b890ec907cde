"""Processes are killed at random while titles are tagged, verdicts are posted and a model goes live: nothing is lost or double."""

import os
import random
import signal
import sys
import time
from pathlib import Path
from uuid import UUID

import pytest
import redis

from annotator.domain.files import PARTIAL_PREFIX
from tests.checkpoints import build_tiny_checkpoint
from tests.faults.desk import PostgresDesk, TaggingDesk
from tests.faults.reviewers import MAKE_REVIEWERS, PASSWORD, Reviewer
from tests.faults.servers import running_postgres
from tests.faults.sizes import LONG, SEED, SIZES
from tests.processes import wait_until

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(sys.platform != "linux", reason="reads processes as Linux shows them"),
]

VICTIMS = ("pool", "celery", "gunicorn", "valkey")
LEASE_SECONDS = 30
# JOB_SILENT_SECONDS: a retagging whose worker died is taken up again by the next after this time.
SMALL_STEPS = {"TAG_CHUNK": "20", "BAND_HIGH": "0.6", "JOB_SILENT_SECONDS": "15"}
PAUSES = (1, 12) if LONG else (0.2, 1.5)
END_SECONDS = 1200 if LONG else 150


@pytest.fixture
def desk(tmp_path: Path, starter: Path):
    running = TaggingDesk(tmp_path / "var", starter, LEASE_SECONDS=str(LEASE_SECONDS), **SMALL_STEPS)
    running.open()
    yield running
    running.stop(signal.SIGTERM)


@pytest.fixture
def titles(tmp_path: Path) -> Path:
    path = tmp_path / "titles.txt"
    path.write_text("\n".join(f"Les Ombres Bleues {number} - Nîmes" for number in range(SIZES.titles)))
    return path


def hire(desk: TaggingDesk) -> list[Reviewer]:
    script = MAKE_REVIEWERS.format(count=SIZES.reviewers, password=PASSWORD)
    keys = desk.manage("shell", "--no-imports", "-c", script).split()
    reviewers = [Reviewer(desk.port, number, int(pk)) for number, pk in enumerate(keys)]
    for reviewer in reviewers:
        reviewer.start()
    return reviewers


def strike(desk: TaggingDesk, victim: str) -> None:
    """Whoever is being started again just now is struck when it is there: who dies often is started after a pause."""

    def struck() -> bool:
        try:
            struck_now = desk.descendants_of("celery") if victim == "pool" else [desk.living(victim)]
            for pid in struck_now:
                os.kill(pid, signal.SIGKILL)
        except (ValueError, ProcessLookupError):
            return False
        return bool(struck_now)

    wait_until(struck, seconds=120)


def rage(desk: TaggingDesk, chance: random.Random, promote) -> list[str]:
    """Every kind of process in turn, then whichever; the model goes live in the middle of it."""
    victims = [*VICTIMS, *(chance.choice(VICTIMS) for _ in range(SIZES.kills - len(VICTIMS)))]
    chance.shuffle(victims)
    for number, victim in enumerate(victims):
        time.sleep(chance.uniform(*PAUSES))
        if number == len(victims) // 2:
            promote()
        strike(desk, victim)
    return victims


def confirmed_by(reviewers: list[Reviewer]) -> dict[str, int]:
    return {verdict: title for reviewer in reviewers for verdict, title in reviewer.confirmed.items()}


def test_a_storm_of_kills_loses_nothing_and_doubles_nothing(desk: TaggingDesk, titles: Path, tmp_path: Path):
    chance = random.Random(SEED)
    print(f"seed {SEED}")  # noqa: T201
    other = build_tiny_checkpoint(tmp_path / "other", name="other", seed=8)
    desk.manage("models", "add", str(other), "--name", "other")
    (name,) = desk.query("select name from annotator_modelversion where state = 'candidate'")[0]
    reviewers = hire(desk)
    desk.manage("import_titles", str(titles))

    victims = rage(desk, chance, lambda: desk.manage("models", "promote", name, "--note", "in the storm"))
    wait_until(lambda: len(confirmed_by(reviewers)) >= SIZES.verdicts, seconds=END_SECONDS)
    for reviewer in reviewers:
        reviewer.finish()
    wait_until(lambda: desk.count("title", "state = 'new'") == 0, seconds=END_SECONDS)
    wait_until(lambda: desk.count("job", "state in ('queued', 'running')") == 0, seconds=END_SECONDS)
    print(f"struck {victims}, repeated {sum(reviewer.repeated for reviewer in reviewers)}")  # noqa: T201

    assert desk.query(f"select state from annotator_modelversion where name = '{name}'") == [("active",)]  # noqa: S608
    assert_every_title_is_read_once(desk)
    assert_every_verdict_is_there_once(desk, reviewers)
    assert_nothing_is_left_behind(desk)


def assert_every_title_is_read_once(desk: TaggingDesk) -> None:
    assert desk.count("title") == SIZES.titles
    assert desk.query("select count(distinct title_id) from annotator_prediction") == [(SIZES.titles,)]
    twice = "select 1 from annotator_prediction group by title_id, model_version_id having count(*) > 1"
    assert desk.query(twice) == []
    lost = "state = 'waiting' and id not in (select title_id from annotator_queueitem where state <> 'done')"
    assert desk.count("title", lost) == 0
    assert desk.count("annotation") == desk.count("title", "state = 'settled'") > 0


def assert_every_verdict_is_there_once(desk: TaggingDesk, reviewers: list[Reviewer]) -> None:
    """Ids are keys of the table: once is whether it is there."""
    stored = {UUID(str(pk)): title for pk, title in desk.query("select id, title_id from annotator_verdict")}
    confirmed = {UUID(verdict): title for verdict, title in confirmed_by(reviewers).items()}
    assert stored.items() >= confirmed.items()
    assert len(stored) == len(confirmed), "what is stored was confirmed in the end, since it was asked for again"
    assert [refused for reviewer in reviewers for refused in reviewer.refused] == []


def assert_nothing_is_left_behind(desk: TaggingDesk) -> None:
    late = f"expires_at > datetime('now', '+{LEASE_SECONDS + 5} seconds')"
    assert desk.count("lease", late) == 0
    assert list(desk.var_dir.rglob(f"{PARTIAL_PREFIX}*")) == []
    with redis.Redis(unix_socket_path=str(desk.socket)) as broker:
        wait_until(lambda: broker.llen("tag") == broker.hlen("unacked") == 0, seconds=60)


def test_a_broker_that_lost_everything_is_filled_again_from_the_database(desk: TaggingDesk, titles: Path):
    desk.manage("import_titles", str(titles))
    wait_until(lambda: desk.count("prediction") > 0, seconds=60)
    with redis.Redis(unix_socket_path=str(desk.socket)) as broker:
        broker.flushall()
    assert desk.count("title", "state = 'new'") > 0, "there must be something left to lose"
    wait_until(lambda: desk.count("title", "state = 'new'") == 0, seconds=END_SECONDS)
    assert_every_title_is_read_once(desk)


def test_a_database_that_crashes_again_and_again_holds_the_work_up_and_loses_none(
    tmp_path: Path, starter: Path, titles: Path
):
    """Of the transactions that were open nothing is there, of those that were over everything; verdicts are asked for again."""
    with running_postgres() as url:
        desk = PostgresDesk(tmp_path / "var", starter, url, **SMALL_STEPS)
        desk.keep_what_is_committed()
        desk.open()
        try:
            reviewers = hire(desk)
            desk.manage("import_titles", str(titles))
            for _ in range(SIZES.kills // 2):
                before = desk.count("verdict")
                wait_until(lambda before=before: desk.count("verdict") > before, seconds=60)
                desk.crash_database()
            wait_until(lambda: desk.count("title", "state = 'new'") == 0, seconds=END_SECONDS)
            for reviewer in reviewers:
                reviewer.finish()
            assert_every_title_is_read_once(desk)
            assert_every_verdict_is_there_once(desk, reviewers)
        finally:
            desk.stop(signal.SIGTERM)
