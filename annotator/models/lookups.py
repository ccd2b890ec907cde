"""Look-ups that Django does not have."""

import json
from collections.abc import Sequence
from typing import Any

from django.db.models import Field, Lookup


def any_of_parameter(values: Sequence[Any], connection: Any) -> Any:
    """What `any_of` hands to the database for these values."""
    return list(values) if connection.vendor == "postgresql" else json.dumps(values)


@Field.register_lookup
class AnyOf(Lookup):
    """`field__any_of=[...]`: as `in`, with all values in one parameter, so that SQLite's limit on parameters does not matter."""

    lookup_name = "any_of"
    prepare_rhs = False

    def get_prep_lookup(self) -> list:
        return [self.lhs.output_field.get_prep_value(value) for value in self.rhs]

    def get_db_prep_lookup(self, value: list, connection: Any) -> tuple[str, list]:
        return "%s", [any_of_parameter(value, connection)]

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list]:
        lhs, lhs_params = self.process_lhs(compiler, connection)
        rhs, rhs_params = self.process_rhs(compiler, connection)
        return f"{lhs} IN (SELECT value FROM json_each({rhs}))", [*lhs_params, *rhs_params]  # noqa: S608  a column and a placeholder

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list]:
        lhs, lhs_params = self.process_lhs(compiler, connection)
        rhs, rhs_params = self.process_rhs(compiler, connection)
        return f"{lhs} = ANY({rhs})", [*lhs_params, *rhs_params]
