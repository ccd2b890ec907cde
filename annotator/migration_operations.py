"""Schema changes that a desk in use can bear: a live PostgreSQL takes them without a long lock.

A migration that uses them has `atomic = False` and does nothing else. See docs/upgrading.md.
"""

from typing import Any

from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import AddConstraint, AddIndex, AlterField
from django.db.migrations.state import ProjectState
from django.db.models import Field, Model


class AddIndexOnline(AddIndex):
    """AddIndex, on PostgreSQL without a lock on writes (CREATE INDEX CONCURRENTLY): the migration must not be atomic.

    What a killed attempt left behind is removed first, so that the migration can be run again.
    """

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        _drop_index(schema_editor, self.index.name)
        online = {"concurrently": True} if schema_editor.connection.vendor == "postgresql" else {}
        schema_editor.add_index(model, self.index, **online)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            _drop_index(schema_editor, self.index.name)


class DropForeignKeyIndex(AlterField):
    """AlterField to `db_index=False` which drops the index and no more: as AlterField, SQLite would write the whole table anew."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model, field = self._field(app_label, from_state)
        connection = schema_editor.connection
        if not self.allow_migrate_model(connection.alias, model):
            return
        with connection.cursor() as cursor:
            constraints = connection.introspection.get_constraints(cursor, model._meta.db_table)
        for name, found in constraints.items():
            if found["columns"] == [field.column] and found["index"] and not found["unique"]:
                _drop_index(schema_editor, name)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model, field = self._field(app_label, to_state)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            schema_editor.execute(schema_editor._create_index_sql(model, fields=[field]))

    def _field(self, app_label: str, state: ProjectState) -> tuple[type[Model], Field]:
        model = state.apps.get_model(app_label, self.model_name)
        return model, model._meta.get_field(self.name)


class AddConstraintOnline(AddConstraint):
    """AddConstraint for a check in two steps: new rows are held to it at once, those that are there are read while others write."""

    def database_forwards(self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, *states: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, *states)
            return
        AddConstraintNotValid(self.model_name, self.constraint).database_forwards(app_label, schema_editor, *states)
        ValidateConstraint(self.model_name, self.constraint.name).database_forwards(app_label, schema_editor, *states)


def _drop_index(schema_editor: BaseDatabaseSchemaEditor, name: str) -> None:
    online = "CONCURRENTLY " if schema_editor.connection.vendor == "postgresql" else ""
    schema_editor.execute(f"DROP INDEX {online}IF EXISTS {schema_editor.quote_name(name)}")
