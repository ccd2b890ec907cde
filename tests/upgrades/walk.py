"""Run by test_walk.py in a pytest of its own, on a database of its own: it is migrated to and fro, which no other test would survive."""

from itertools import pairwise

import pytest
from django.core.management import call_command
from django.db import connection

from annotator.settings.env import BASE_DIR
from tests.annotator.test_admin import desk  # noqa: F401  a row at least in every table
from tests.factories import make_title

MIGRATIONS = sorted(path.stem for path in (BASE_DIR / "annotator/migrations").glob("0*.py"))
# Tables of the first migration whose rows must be there after any way down and up again.
LASTING = ("title", "batch", "occurrence", "prediction", "annotation", "verdict", "queueitem", "artist", "user", "job")

pytestmark = pytest.mark.django_db(transaction=True)


def migrate(target: str) -> None:
    call_command("migrate", "annotator", target, verbosity=0, interactive=False)


def rows() -> dict[str, int]:
    with connection.cursor() as cursor:
        return {name: _count(cursor, f"annotator_{name}") for name in LASTING}


def _count(cursor, table: str) -> int:
    cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608  our own names
    return cursor.fetchone()[0]


def test_a_filled_desk_goes_down_step_by_step_and_up_again(desk):  # noqa: F811
    before = rows()
    assert min(before.values()) > 0
    for lower, upper in reversed(list(pairwise(MIGRATIONS))):
        for target in (lower, upper, lower):
            migrate(target)
            assert rows() == before, target
    migrate(MIGRATIONS[-1])
    assert rows() == before


def test_everything_can_be_taken_away_and_made_anew(desk):  # noqa: F811
    migrate("zero")
    assert not [table for table in connection.introspection.table_names() if table.startswith("annotator_")]
    migrate(MIGRATIONS[-1])
    assert make_title().pk
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
