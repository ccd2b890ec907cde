"""Schema changes that a desk in use can bear: a live PostgreSQL takes them without a long lock.

A migration that uses them has `atomic = False` and does nothing else. See docs/upgrading.md.
"""

from typing import Any

from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import AddConstraint, AddIndex, AlterField, RemoveIndex
from django.db.migrations.operations.base import Operation, OperationCategory
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


class RemoveIndexOnline(RemoveIndex):
    """RemoveIndex, on PostgreSQL without a lock on the table: the migration must not be atomic. The way back is that of AddIndexOnline."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            _drop_index(schema_editor, self.name)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        index = to_state.models[app_label, self.model_name_lower].get_index_by_name(self.name)
        AddIndexOnline(self.model_name, index).database_forwards(app_label, schema_editor, from_state, to_state)


class DropPatternIndex(Operation):
    """Drops the second index, for LIKE, that Django gives a unique text on PostgreSQL: useless for a text that is asked for as a whole."""

    reversible = True
    category = OperationCategory.REMOVAL

    def __init__(self, model_name: str, name: str) -> None:
        self.model_name, self.name = model_name, name

    def describe(self) -> str:
        return f"Drop the index for LIKE on field {self.name} of model {self.model_name}"

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """The field stays as it is."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        if schema_editor.connection.vendor == "postgresql" and self._concerns(schema_editor, model):
            columns = [model._meta.get_field(self.name).column]
            _drop_index(schema_editor, schema_editor._create_index_name(model._meta.db_table, columns, suffix="_like"))

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        if schema_editor.connection.vendor == "postgresql" and self._concerns(schema_editor, model):
            schema_editor.execute(schema_editor._create_like_index_sql(model, model._meta.get_field(self.name)))

    def _concerns(self, schema_editor: BaseDatabaseSchemaEditor, model: type[Model]) -> bool:
        return self.allow_migrate_model(schema_editor.connection.alias, model)


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
