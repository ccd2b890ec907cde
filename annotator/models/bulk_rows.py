"""Very many rows into a table, beside the ORM, which takes five times as long."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import connections, router
from django.db.models import DateTimeField, Field, Model, UUIDField

COPIED = 1_000  # rows at once from which COPY pays on PostgreSQL
_CONVERTED = (DateTimeField, UUIDField)  # other types reach SQLite as they are


def insert_missing(model: type[Model], fields: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> int:
    """Inserts the rows that violate no constraint; returns how many these are. Values as a model instance has them, in the order of
    `fields`; a column of the table that is not among them has a default in the database, or may be null."""
    if not rows:
        return 0
    connection = connections[router.db_for_write(model)]
    chosen = [model._meta.get_field(name) for name in fields]
    table, columns = model._meta.db_table, ", ".join(field.column for field in chosen)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            types = [field.rel_db_type(connection) for field in chosen]
            source, values = _arriving(cursor, [field.column for field in chosen], types, rows)
            cursor.execute(f"INSERT INTO {table} ({columns}) SELECT * FROM {source} ON CONFLICT DO NOTHING", values)  # noqa: S608
        else:
            marks = ", ".join(["%s"] * len(chosen))
            prepared = _prepared([_converter(field, connection) for field in chosen], rows)
            cursor.executemany(f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})", prepared)  # noqa: S608
        return cursor.rowcount


def _arriving(
    cursor: Any, columns: Sequence[str], types: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> tuple[str, list[list]]:
    """What to select the rows from, and its parameters: arrays, or of many rows a table of this transaction, since COPY takes those faster
    than parameters of any kind."""
    if len(rows) < COPIED:
        arrays = ", ".join(f"%s::{kind}[]" for kind in types)
        return f"unnest({arrays})", [list(values) for values in zip(*rows, strict=True)]
    described = ", ".join(f"{column} {kind}" for column, kind in zip(columns, types, strict=True))
    cursor.execute("DROP TABLE IF EXISTS pg_temp.arriving")
    cursor.execute(f"CREATE TEMPORARY TABLE arriving ({described}) ON COMMIT DROP")
    with cursor.copy("COPY arriving FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    return "arriving", []


def _converter(field: Field, connection: Any) -> Callable[[Any], Any] | None:
    """How the database stores a value of this type; None where it is stored as it is. Most rows share their value with others."""
    target = field.target_field if field.is_relation else field
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
