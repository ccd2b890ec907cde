"""Schema changes that a live PostgreSQL takes without a long lock; on SQLite, whose lock is the whole file, they are Django's own.

A migration that uses them has `atomic = False` and does nothing else. See docs/upgrading.md.
"""

from typing import Any

from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently, ValidateConstraint
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import AddConstraint, AddIndex
from django.db.migrations.operations.base import Operation


class AddIndexOnline(AddIndex):
    """AddIndex with CREATE INDEX CONCURRENTLY where the database has it."""

    atomic = False

    def database_forwards(self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, *states: Any) -> None:
        _run(self, AddIndexConcurrently, schema_editor, "database_forwards", app_label, *states)

    def database_backwards(self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, *states: Any) -> None:
        _run(self, AddIndexConcurrently, schema_editor, "database_backwards", app_label, *states)


class AddConstraintOnline(AddConstraint):
    """AddConstraint for a check in two steps: new rows are held to it at once, those that are there are read while others write."""

    def database_forwards(self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, *states: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, *states)
            return
        AddConstraintNotValid(self.model_name, self.constraint).database_forwards(app_label, schema_editor, *states)
        ValidateConstraint(self.model_name, self.constraint.name).database_forwards(app_label, schema_editor, *states)


def _run(
    operation: AddIndex, online: type[AddIndex], schema_editor: BaseDatabaseSchemaEditor, way: str, *arguments: Any
) -> None:
    if schema_editor.connection.vendor == "postgresql":
        acting: Operation = online(operation.model_name, operation.index)
        getattr(acting, way)(arguments[0], schema_editor, *arguments[1:])
    else:
        getattr(super(AddIndexOnline, operation), way)(arguments[0], schema_editor, *arguments[1:])
