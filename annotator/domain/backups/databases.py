"""How a database is copied at one moment, and how a copy takes the place of what is there: in one step, so that a kill leaves the old."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext as _

from annotator.exceptions import InvalidBackup

MIGRATIONS = "SELECT app, name FROM django_migrations ORDER BY app, name"


class DatabaseKind(Protocol):
    name: str

    def dump(self, path: Path) -> tuple[list[str], dict[str, int]]:
        """Writes a copy; returns the migrations that it has and its rows by table."""

    def load(self, path: Path) -> None:
        """The copy takes the place of all that is there."""

    def check(self, path: Path) -> dict[str, int]:
        """Loads the copy somewhere else and returns its rows by table."""


def database_kind(connection: BaseDatabaseWrapper) -> DatabaseKind:
    kinds = {"sqlite": SqliteKind, "postgresql": PostgresKind}
    if connection.vendor not in kinds:
        raise InvalidBackup(_("Backups of this database are made with its own tools."), code="unknown_database")
    return kinds[connection.vendor](connection)


def applied_migrations(cursor: Any) -> list[str]:
    return [f"{app}.{name}" for app, name in cursor.execute(MIGRATIONS).fetchall()]


def count_rows(cursor: Any) -> dict[str, int]:
    tables = sorted(model._meta.db_table for model in apps.get_app_config("annotator").get_models())
    return {table: cursor.execute(f'SELECT COUNT(*) FROM "{table}"').fetchone()[0] for table in tables}  # noqa: S608  our own names


class SqliteKind:
    """By SQLite's online backup."""

    name = "sqlite"

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection

    def dump(self, path: Path) -> tuple[list[str], dict[str, int]]:
        self._connection.ensure_connection()
        with closing(sqlite3.connect(path)) as copy:
            self._connection.connection.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file
            return applied_migrations(copy), count_rows(copy)

    def load(self, path: Path) -> None:
        """One transaction of the live file: other processes see the old rows or the new ones."""
        self._connection.close()
        with closing(sqlite3.connect(path)) as copy, closing(sqlite3.connect(self._file())) as live:
            live.execute("PRAGMA busy_timeout=20000")
            copy.backup(live)
            live.execute("PRAGMA journal_mode=WAL")

    def check(self, path: Path) -> dict[str, int]:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as copy:
            found = copy.execute("PRAGMA integrity_check").fetchone()[0]
            if found != "ok":
                raise InvalidBackup(found, code="backup_corrupt")
            return count_rows(copy)

    def _file(self) -> str:
        return str(self._connection.settings_dict["NAME"])


class PostgresKind:
    """By pg_dump and pg_restore, which must be as new as the server."""

    name = "postgresql"

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection

    def dump(self, path: Path) -> tuple[list[str], dict[str, int]]:
        """Rows are counted in the very snapshot that pg_dump writes."""
        with self._own_connection() as other, other.cursor() as cursor:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            snapshot = cursor.execute("SELECT pg_export_snapshot()").fetchone()[0]
            told = applied_migrations(cursor), count_rows(cursor)
            self._run(
                "pg_dump", "--format=custom", "--no-owner", f"--snapshot={snapshot}", f"--file={path}", self._name()
            )
        return told

    def load(self, path: Path) -> None:
        self._connection.close()
        self._restore(path, self._name(), "--clean", "--if-exists")

    def check(self, path: Path) -> dict[str, int]:
        scratch = f"lineup_check_{os.getpid()}"
        with self._own_connection() as other:
            other.execute(f"CREATE DATABASE {scratch}")
            try:
                self._restore(path, scratch)
                with self._own_connection(dbname=scratch) as copy, copy.cursor() as cursor:
                    return count_rows(cursor)
            finally:
                other.execute(f"DROP DATABASE {scratch} WITH (FORCE)")

    def _restore(self, path: Path, name: str, *options: str) -> None:
        self._run(
            "pg_restore",
            "--no-owner",
            "--single-transaction",
            "--exit-on-error",
            *options,
            f"--dbname={name}",
            str(path),
        )

    @contextmanager
    def _own_connection(self, **changed: str) -> Iterator[Any]:
        import psycopg  # noqa: PLC0415  only where PostgreSQL is

        parameters = self._connection.get_connection_params()
        wanted = {name: parameters.get(name) for name in ("dbname", "user", "password", "host", "port")} | changed
        with psycopg.connect(autocommit=True, **{name: value for name, value in wanted.items() if value}) as other:
            yield other

    def _name(self) -> str:
        return str(self._connection.settings_dict["NAME"])

    def _run(self, tool: str, *arguments: str) -> None:
        """The password goes by the environment, where other users of the machine cannot see it."""
        program = shutil.which(tool) or shutil.which(tool, path=_debian_places())
        if program is None:
            message = _(
                "%(tool)s is not installed here: it comes with PostgreSQL's client (Debian: postgresql-client)."
            )
            raise InvalidBackup(message % {"tool": tool}, code="database_tool_missing")
        told = self._connection.settings_dict
        access = {
            "PGHOST": told["HOST"],
            "PGPORT": told["PORT"],
            "PGUSER": told["USER"],
            "PGPASSWORD": told["PASSWORD"],
        }
        environment = os.environ | {name: str(value) for name, value in access.items() if value}
        done = subprocess.run([program, *arguments], env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            message = _("%(tool)s failed: %(reason)s") % {"tool": tool, "reason": done.stderr.strip()[-500:]}
            raise InvalidBackup(message, code="database_tool_failed")


def _debian_places() -> str:
    return os.pathsep.join(str(place) for place in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True))
