"""Very many rows into a table, and their ids out of it, beside the ORM, which takes five times as long."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connections, router
from django.db.models import AutoField, DateTimeField, Field, JSONField, Model, UUIDField

_CONVERTED = (DateTimeField, UUIDField)  # other types reach SQLite as they are
_SEPARATOR = "\x00"  # no text in PostgreSQL holds it


def insert_missing_instances(instances: Sequence[Model]) -> int:
    """insert_missing for new instances of one model. They get no primary key; None of a JSON field is stored as NULL."""
    if not instances:
        return 0
    model = type(instances[0])
    fields = [field for field in model._meta.local_concrete_fields if not isinstance(field, AutoField)]
    rows = [tuple([field.pre_save(instance, True) for field in fields]) for instance in instances]  # noqa: FBT003
    with connections[router.db_for_write(model)].cursor() as cursor:
        _insert(cursor, model, [field.name for field in fields], rows, as_json=True)
        return cursor.rowcount


def insert_missing(model: type[Model], fields: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> int:
    """Inserts the rows that violate no constraint; returns how many these are. Values as a model instance has them, in the order of
    `fields`; a column of the table that is not among them has a default in the database, or may be null."""
    if not rows:
        return 0
    with connections[router.db_for_write(model)].cursor() as cursor:
        _insert(cursor, model, fields, rows)
        return cursor.rowcount


def insert_missing_ids(
    model: type[Model], fields: Sequence[str], rows: Sequence[tuple[Any, ...]], *, by: str
) -> dict[Any, int]:
    """Inserts the rows whose value of the unique field `by` is not there yet; returns the ids of those, by that value. The caller holds a
    transaction."""
    if not rows:
        return {}
    connection, table, column = connections[router.db_for_write(model)], model._meta.db_table, _column(model, by)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            _insert(cursor, model, fields, rows, unless=f"({column})", returning=f"RETURNING {column}, id")
        else:  # one writer at a time: what has a higher id now is what was inserted
            cursor.execute(f"SELECT coalesce(max(id), 0) FROM {table}")  # noqa: S608  our own words
            (last,) = cursor.fetchone()
            _insert(cursor, model, fields, rows)
            cursor.execute(f"SELECT {column}, id FROM {table} WHERE id > %s", [last])  # noqa: S608  our own words
        return dict(cursor.fetchall())


def find_ids(model: type[Model], field: str, values: Sequence[str]) -> dict[str, int]:
    """The ids of the rows with these texts in a unique field, by text.

    Each is looked up in the index. PostgreSQL, asked for all of them with ANY, reads the whole of a table that it has no statistics of.
    """
    connection, table, column = connections[router.db_for_read(model)], model._meta.db_table, _column(model, field)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            found = f"SELECT id FROM {table} WHERE {column} = wanted.value OFFSET 0"  # noqa: S608  our own words
            source, value = f"unnest(%s::text[]) wanted(value) CROSS JOIN LATERAL ({found}) found", _text_array(values)
        else:
            source = f"json_each(%s) wanted JOIN {table} found ON found.{column} = wanted.value"
            value = json.dumps(list(values))
        cursor.execute(f"SELECT wanted.value, found.id FROM {source}", [value])  # noqa: S608  our own words
        return dict(cursor.fetchall())


def _column(model: type[Model], field: str) -> str:
    """Quoted: one of ours is called end."""
    return connections[router.db_for_read(model)].ops.quote_name(model._meta.get_field(field).column)


def _insert(
    cursor: Any,
    model: type[Model],
    fields: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    *,
    unless: str = "",
    returning: str = "",
    as_json: bool = False,
) -> None:
    connection, table = cursor.db, model._meta.db_table
    chosen = [model._meta.get_field(name) for name in fields]
    columns = ", ".join(_column(model, name) for name in fields)
    if connection.vendor == "postgresql":
        types = [field.rel_db_type(connection) for field in chosen]
        if as_json:
            source, values = _records([field.column for field in chosen], types, rows)
        else:
            source, values = _arrays(types, rows)
        cursor.execute(f"INSERT INTO {table} ({columns}) {source} ON CONFLICT {unless} DO NOTHING {returning}", values)
    else:
        marks = ", ".join(["%s"] * len(chosen))
        prepared = _prepared([_converter(field, connection) for field in chosen], rows)
        cursor.executemany(f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})", prepared)  # noqa: S608


def _records(columns: Sequence[str], types: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> tuple[str, list[Any]]:
    """As _arrays, in one text of JSON: for rows of several kinds of values, of which psycopg makes arrays one value after the other."""
    described = ", ".join(f'"{column}" {kind}' for column, kind in zip(columns, types, strict=True))
    records = json.dumps([dict(zip(columns, row, strict=True)) for row in rows], default=_as_text, allow_nan=False)
    return f"SELECT * FROM json_to_recordset(%s) AS arriving({described})", [records]  # noqa: S608


def _arrays(types: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> tuple[str, list[Any]]:
    """A SELECT of the rows for PostgreSQL, and its parameters: an array for each column, in the order of the rows."""
    columns = list(zip(*rows, strict=True))
    is_shared = [len(set(map(id, values))) == 1 for values in columns]
    is_shared[0] &= not all(is_shared)  # unnest needs an array
    chosen, arrays, shared, parameters = [], [], [], []
    for number, (kind, values) in enumerate(zip(types, columns, strict=True)):
        if is_shared[number]:
            chosen.append(f"%s::{_array_type(kind)}")
            shared.append(values[0])
        else:
            chosen.append(f"column{number}")
            arrays.append(f"%s::{_array_type(kind)}[]")
            parameters.append(_array(values))
    names = ", ".join(name for name in chosen if name.startswith("column"))
    return f"SELECT {', '.join(chosen)} FROM unnest({', '.join(arrays)}) rows({names})", [*shared, *parameters]  # noqa: S608


def _array_type(kind: str) -> str:
    """Texts without their limit: a cast to one would cut them off, where the column refuses them."""
    return kind.partition("(")[0] if kind.startswith("varchar") else kind


def _array(values: Sequence[Any]) -> Any:
    """Texts and numbers as a literal: psycopg makes the same of any list, one value after the other."""
    kinds = set(map(type, values))
    if kinds == {int}:
        return f"{{{','.join(map(str, values))}}}"
    return _text_array(values) if kinds == {str} else list(values)


def _text_array(values: Sequence[str]) -> str:
    """The literal of an array of texts. psycopg makes the same, one value after the other."""
    joined = _SEPARATOR.join(values)
    if joined.count(_SEPARATOR) != max(len(values) - 1, 0):
        raise ValueError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    escaped = joined.replace("\\", "\\\\").replace('"', '\\"').replace(_SEPARATOR, '","')
    return f'{{"{escaped}"}}' if values else "{}"


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


def _as_text(value: Any) -> str:
    """For JSON; Django's own encoder cuts times off at milliseconds."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{value!r} cannot be stored by way of JSON")
