"""Operations of migrations that a desk in use can bear."""

import pytest
from django.db import connection, migrations, models
from django.db.migrations.state import ProjectState

from annotator.migration_operations import AddIndexOnline, DropForeignKeyIndex, DropPatternIndex, RemoveIndexOnline

pytestmark = pytest.mark.django_db(transaction=True)
TABLE = "annotator_mention"


def index_names(table: str = TABLE) -> set[str]:
    with connection.cursor() as cursor:
        return set(connection.introspection.get_constraints(cursor, table))


def run(operation: migrations.operations.base.Operation, *, backwards: bool = False) -> None:
    before = ProjectState.from_apps(migrations.state.global_apps)
    after = before.clone()
    operation.state_forwards("annotator", after)
    with connection.schema_editor(atomic=False) as editor:
        if backwards:
            operation.database_backwards("annotator", editor, after, before)
        else:
            operation.database_forwards("annotator", editor, before, after)


def test_an_index_is_added_twice_and_removed():
    operation = AddIndexOnline("mention", models.Index(fields=["name"], name="mention_name_tried"))
    for _attempt in range(2):  # a killed migration is run again
        run(operation)
        assert "mention_name_tried" in index_names()
    run(operation, backwards=True)
    assert "mention_name_tried" not in index_names()


def test_the_index_of_a_foreign_key_is_dropped_and_made_again():
    field = models.ForeignKey("annotator.Artist", on_delete=models.PROTECT, related_name="mentions", db_index=False)
    before = index_names()
    for _attempt in range(2):
        run(DropForeignKeyIndex("mention", "artist", field))
        assert len(before - index_names()) == 1
    run(DropForeignKeyIndex("mention", "artist", field), backwards=True)
    assert len(index_names()) == len(before)


def test_an_index_is_removed_twice_and_made_again():
    operation = RemoveIndexOnline("verdict", "verdict_reviewer_work")
    before = index_names("annotator_verdict")
    for _attempt in range(2):
        run(operation)
        assert before - index_names("annotator_verdict") == {"verdict_reviewer_work"}
    run(operation, backwards=True)
    assert index_names("annotator_verdict") == before


def test_an_index_for_like_is_dropped_and_made_again():
    operation, is_postgres = DropPatternIndex("title", "key"), connection.vendor == "postgresql"
    without = index_names("annotator_title")  # its migration has dropped it
    run(operation, backwards=True)
    assert len(index_names("annotator_title") - without) == int(is_postgres)
    for _attempt in range(2):
        run(operation)
        assert index_names("annotator_title") == without
