"""Very many rows into a table, beside the ORM, which takes five times as long."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connections, router
from django.db.models import AutoField, DateTimeField, Field, JSONField, Model, UUIDField

COPIED = 1_000  # rows at once from which COPY pays on PostgreSQL
_CONVERTED = (DateTimeField, UUIDField)  # other types reach SQLite as they are


def insert_missing_instances(instances: Sequence[Model]) -> int:
    """insert_missing for new instances of one model. They get no primary key."""
    if not instances:
        return 0
    fields = [field for field in instances[0]._meta.local_concrete_fields if not isinstance(field, AutoField)]
    rows = [tuple([field.pre_save(instance, True) for field in fields]) for instance in instances]  # noqa: FBT003
    return insert_missing(type(instances[0]), [field.name for field in fields], rows)


def insert_missing(model: type[Model], fields: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> int:
    """Inserts the rows that violate no constraint; returns how many these are. Values as a model instance has them, in the order of
    `fields`; a column of the table that is not among them has a default in the database, or may be null."""
    if not rows:
        return 0
    connection = connections[router.db_for_write(model)]
    chosen = [model._meta.get_field(name) for name in fields]
    table, columns = model._meta.db_table, ", ".join(connection.ops.quote_name(field.column) for field in chosen)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            source, values = _arriving(cursor, chosen, rows)
            cursor.execute(f"INSERT INTO {table} ({columns}) SELECT * FROM {source} ON CONFLICT DO NOTHING", values)  # noqa: S608
        else:
            marks = ", ".join(["%s"] * len(chosen))
            prepared = _prepared([_converter(field, connection) for field in chosen], rows)
            cursor.executemany(f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})", prepared)  # noqa: S608
        return cursor.rowcount


def _arriving(cursor: Any, fields: Sequence[Field], rows: Sequence[tuple[Any, ...]]) -> tuple[str, list[str]]:
    """What to select the rows from, and its parameters: one text of JSON, which costs the client a third of what arrays do; or of many
    rows a table of this transaction, since COPY takes those faster than parameters of any kind."""
    columns = [field.column for field in fields]
    described = ", ".join(f'"{field.column}" {field.rel_db_type(cursor.db)}' for field in fields)
    if len(rows) < COPIED:
        records = json.dumps([dict(zip(columns, row, strict=True)) for row in rows], default=str)
        return f"json_to_recordset(%s) AS arriving({described})", [records]
    cursor.execute("DROP TABLE IF EXISTS pg_temp.arriving")
    cursor.execute(f"CREATE TEMPORARY TABLE arriving ({described}) ON COMMIT DROP")
    as_text = [_as_json if isinstance(field, JSONField) else None for field in fields]
    with cursor.copy("COPY arriving FROM STDIN") as copy:
        for row in _prepared(as_text, rows):
            copy.write_row(row)
    return "arriving", []


def _converter(field: Field, connection: Any) -> Callable[[Any], Any] | None:
    """How the database stores a value of this type; None where it is stored as it is. Most rows share their value with others."""
    target = field.target_field if field.is_relation else field
    if isinstance(target, JSONField):
        return _as_json
    if not isinstance(target, _CONVERTED):
        return None
    known: dict[Any, Any] = {}

    def convert(value: Any) -> Any:
        if value not in known:
            known[value] = target.get_db_prep_value(value, connection, prepared=False)
        return known[value]

    return convert


def _prepared(converters: Sequence[Callable | None], rows: Sequence[tuple[Any, ...]]) -> Sequence[tuple[Any, ...]]:
    if not any(converters):
        return rows
    return [
        tuple(convert(value) if convert else value for convert, value in zip(converters, row, strict=True))
        for row in rows
    ]


def _as_json(value: Any) -> str | None:
    return None if value is None else json.dumps(value)
