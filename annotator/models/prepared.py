"""Queries that are asked with every request: the ORM takes several times as long to write their SQL as the database to answer it."""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet

from annotator.models.lookups import any_of_parameter

_STAND_IN = ("stands in for the keys",)


class _Compiled(NamedTuple):
    sql: str
    parameters: tuple[tuple[Any, bool], ...]  # value, and whether it stands in for the keys
    converters: Mapping[int, tuple[Sequence[Callable], Any]]


class Prepared:
    """The SQL of a query, written once and run whenever it is asked; nothing of its answers is kept.

    `query_of(keys)` returns a query set of `values_list`, in which the keys stand in `any_of` look-ups and nowhere else.
    """

    def __init__(self, query_of: Callable[[Sequence[str]], QuerySet]) -> None:
        self._query_of = query_of
        self._compiled = threading.local()  # for each thread: converters belong to its connection

    def rows(self, keys: Sequence[str] = ()) -> list[list[Any]]:
        """The rows for these keys, as the query set would give them. One query."""
        connection = connections[DEFAULT_DB_ALIAS]
        found, given = self._compile(connection), any_of_parameter(keys, connection)
        with connection.cursor() as cursor:
            cursor.execute(found.sql, [given if stands_in else value for value, stands_in in found.parameters])
            rows = [list(row) for row in cursor.fetchall()]
        for place, (converters, expression) in found.converters.items():
            for row in rows:
                for convert in converters:
                    row[place] = convert(row[place], expression, connection)
        return rows

    def _compile(self, connection: Any) -> _Compiled:
        if getattr(self._compiled, "connection", None) is not connection:
            compiler = self._query_of(_STAND_IN).query.get_compiler(DEFAULT_DB_ALIAS)
            sql, values = compiler.as_sql()
            stand_in = any_of_parameter(_STAND_IN, connection)
            parameters = tuple((value, value == stand_in) for value in values)
            converters = compiler.get_converters([column for column, *_rest in compiler.select])
            self._compiled.query = _Compiled(sql, parameters, converters)
            self._compiled.connection = connection
        return self._compiled.query
