"""Every migration after the baseline keeps to the rules for a desk in use; and the rules find what they are for."""

import os
import subprocess
import sys
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db.migrations import AddField, RunPython
from django.db.migrations.loader import MigrationLoader
from django.db.models import IntegerField

from annotator.settings.env import BASE_DIR
from tests.faults.servers import running_postgres
from tests.upgrades.rules import BASELINE, LARGE, operation_problems, sql_problems

MIGRATIONS = sorted(path.stem for path in (BASE_DIR / "annotator/migrations").glob("0*.py"))
LATER = [name for name in MIGRATIONS if name[:4] > BASELINE]
# Of the migrations before the baseline, which made no desk wait: what the rules say of them shows that they see something.
KNOWN = {
    "0004_verdicts_by_title_and_reviewer": {"require-concurrent-index-creation"},
    "0008_checks_and_queue_order": {
        "ban-drop-default", "changing-column-type", "require-concurrent-index-creation", "require-concurrent-index-deletion",
    },
    "0012_artist_evidence_and_merges": {"ban-drop-default", "constraint-missing-not-valid"},
}  # fmt: skip


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with running_postgres() as url:
        yield url


@pytest.fixture(scope="module")
def sql_of(postgres: str, tmp_path_factory: pytest.TempPathFactory):
    """The SQL of a migration as PostgreSQL would get it."""
    inherited = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    environment = inherited | {"DATABASE_URL": postgres, "VAR_DIR": str(tmp_path_factory.mktemp("var"))}

    def ask(name: str) -> str:
        command = [sys.executable, "manage.py", "sqlmigrate", "annotator", name]
        return subprocess.run(command, cwd=BASE_DIR, env=environment, check=True, capture_output=True, text=True).stdout

    return ask


def test_large_tables_exist():
    assert {model._meta.db_table for model in apps.get_app_config("annotator").get_models()} >= LARGE


def test_there_is_a_baseline():
    assert any(name.startswith(BASELINE) for name in MIGRATIONS)


def test_later_migrations_lock_nothing_for_long_and_let_the_release_before_go_on(sql_of):
    found = {name: sql_problems(sql_of(name)) for name in LATER}
    assert {name: problems for name, problems in found.items() if problems} == {}


def test_later_migrations_go_back_and_keep_data_and_schema_apart():
    on_disk = MigrationLoader(None).disk_migrations
    found = {name: operation_problems(on_disk["annotator", name]) for name in LATER}
    assert {name: problems for name, problems in found.items() if problems} == {}


@pytest.mark.parametrize("name", KNOWN)
def test_rules_find_what_the_first_migrations_did(name, sql_of):
    assert {problem.partition(":")[0] for problem in sql_problems(sql_of(name))} == KNOWN[name]


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ('ALTER TABLE "annotator_title" ADD COLUMN "a" integer NOT NULL;', "adding-required-field"),
        ('ALTER TABLE "annotator_title" ALTER COLUMN "a" SET NOT NULL;', "adding-not-nullable-field"),
        ('ALTER TABLE "annotator_title" ALTER COLUMN "a" TYPE bigint USING "a"::bigint;', "changing-column-type"),
        ('ALTER TABLE "annotator_title" DROP COLUMN "a" CASCADE;', "ban-drop-column"),
        ('ALTER TABLE "annotator_title" RENAME COLUMN "a" TO "b";', "renaming-column"),
        ('ALTER TABLE "annotator_title" RENAME TO "annotator_heading";', "renaming-table"),
        ('ALTER TABLE "annotator_title" ADD CONSTRAINT "c" CHECK ("a" > 0);', "constraint-missing-not-valid"),
        ('ALTER TABLE "annotator_title" ADD CONSTRAINT "c" UNIQUE ("a");', "disallowed-unique-constraint"),
        ('CREATE UNIQUE INDEX "i" ON "annotator_title" ("a");', "require-concurrent-index-creation"),
        ('DROP INDEX IF EXISTS "i";', "require-concurrent-index-deletion"),
    ],
)
def test_each_rule_finds_its_statement(statement, rule):
    assert rule in {
        problem.partition(":")[0] for problem in sql_problems(f"BEGIN;\n--\n-- x\n--\n{statement}\nCOMMIT;\n")
    }


@pytest.mark.parametrize(
    "sql",
    [
        'BEGIN;\nALTER TABLE "annotator_title" ADD COLUMN "a" integer NULL;\nCOMMIT;',
        'BEGIN;\nALTER TABLE "annotator_title" ADD COLUMN "a" integer DEFAULT 0 NOT NULL;\nCOMMIT;',
        'CREATE INDEX CONCURRENTLY "i" ON "annotator_title" ("a");',
        'BEGIN;\nCREATE TABLE "annotator_new" ("id" bigint);\nCREATE INDEX "i" ON "annotator_new" ("id");\nCOMMIT;',
        'BEGIN;\nALTER TABLE "annotator_job" ADD CONSTRAINT "c" CHECK ("a" > 0);\nCOMMIT;',
    ],
)
def test_what_is_quick_or_over_a_small_table_is_let_through(sql):
    assert sql_problems(sql) == []


def test_operations_that_belong_apart_are_found():
    add = AddField("title", "a", IntegerField(null=True))
    there, back = RunPython(print), RunPython(print, RunPython.noop)
    assert operation_problems(SimpleNamespace(operations=[add], atomic=True)) == []
    assert operation_problems(SimpleNamespace(operations=[back], atomic=False)) == []
    assert len(operation_problems(SimpleNamespace(operations=[add, back], atomic=True))) == 2
    assert operation_problems(SimpleNamespace(operations=[there], atomic=False)) == [
        "cannot go back: Raw Python operation"
    ]
