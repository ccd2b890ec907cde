"""What a migration may do to a database that is in use: rules over its SQL (by squawk) and over its operations."""

import json
import re
import subprocess
import sys
from pathlib import Path

from django.db.migrations import Migration, RunPython

# The newest migration that no desk with people in it has ever had to take: those after it are held to the rules.
BASELINE = "0016"
TABLES = (
    "title",
    "occurrence",
    "prediction",
    "queueitem",
    "annotation",
    "verdict",
    "mention",
    "artist",
    "alias",
    "lease",
)
TABLES += ("queuedsurface", "settledsurface", "propagatedtitle", "bulktitle", "externalid")
LARGE = {f"annotator_{name}" for name in TABLES}
RULES = (
    # long locks
    "adding-field-with-default", "adding-foreign-key-constraint", "adding-not-nullable-field", "adding-serial-primary-key-field",
    "changing-column-type", "constraint-missing-not-valid", "disallowed-unique-constraint", "require-concurrent-index-creation",
    "require-concurrent-index-deletion",
    # what a process of the release before could no longer work with
    "adding-required-field", "ban-drop-column", "ban-drop-default", "ban-drop-table", "renaming-column", "renaming-table",
)  # fmt: skip
SQUAWK = str(Path(sys.executable).with_name("squawk"))


def sql_problems(sql: str) -> list[str]:
    """ "rule: statement" for each statement over a large table that would lock it for long, or that the release before could not bear."""
    atomic = sql.startswith("BEGIN")
    statements = [one for one in _statements(sql) if _matters(one, _created(sql))]
    options = ["--pg-version=14.0", "--reporter=json", *(["--assume-in-transaction"] if atomic else [])]
    answer = subprocess.run([SQUAWK, *options], input="\n".join(statements), capture_output=True, text=True)
    assert answer.returncode in (0, 1), answer.stderr
    found = json.loads(answer.stdout or "[]")
    return [f"{one['rule_name']}: {statements[one['line']]}" for one in found if one["rule_name"] in RULES]


def operation_problems(migration: Migration) -> list[str]:
    """Data and schema in one transaction hold their locks together; what cannot go back leaves no way down."""
    operations = migration.operations
    code = [one for one in operations if isinstance(one, RunPython)]
    problems = ["RunPython beside a schema change"] if code and len(code) < len(operations) else []
    problems += (
        ["RunPython in one transaction: set atomic = False and work in parts"] if code and migration.atomic else []
    )
    return problems + [f"cannot go back: {one.describe()}" for one in operations if not one.reversible]


def _statements(sql: str) -> list[str]:
    """One a line, without comments and without the frame of the transaction."""
    bare = re.sub(r"^--.*\n?", "", sql, flags=re.MULTILINE)
    joined = (" ".join(part.split()) + ";" for part in bare.split(";"))
    return [one for one in joined if one not in (";", "BEGIN;", "COMMIT;")]


def _created(sql: str) -> set[str]:
    return set(re.findall(r'CREATE TABLE "(\w+)"', sql))


def _matters(statement: str, created: set[str]) -> bool:
    """Whether it takes hold of a large table that was there before. What names no table (DROP INDEX) may."""
    held = re.match(r'(?:ALTER|DROP) TABLE "(\w+)"|CREATE (?:UNIQUE )?INDEX .*? ON "(\w+)"', statement)
    if not held:
        return statement.startswith("DROP INDEX")
    return (held[1] or held[2]) in LARGE - created
