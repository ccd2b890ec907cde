"""What a database needs before the desk opens: tables, a model, somebody who can sign in, and something to look at."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection, transaction

from annotator.domain.demo import DEMO_BATCH_ID, demo_is_loaded
from annotator.domain.model_versions import ensure_starter
from annotator.enums import Role
from annotator.exceptions import ModelUnavailable
from annotator.migration_locks import alone, is_lock_timeout
from annotator.models import Batch, User
from annotator.supervisor.errors import DeskError

FIRST_USER = "admin"
PASSWORD_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # noqa: S105  without the ones that look alike


@dataclass(frozen=True)
class SignIn:
    """The generated sign-in; `fresh` when this start made it."""

    username: str
    password: str
    path: Path
    fresh: bool


def prepare_database(*, verbosity: int) -> None:
    """Migrates and registers the built-in model; another process that does the same waits. Safe to repeat.

    Raises DeskError when the database or the model is out of reach, or somebody holds a table for too long.
    """
    try:
        connection.ensure_connection()
    except OperationalError as error:
        message = f"The database does not answer: {error}"
        raise DeskError(message) from error
    try:
        with alone():
            call_command("migrate", interactive=False, verbosity=verbosity)
            ensure_starter()
    except ModelUnavailable as error:
        message = f"The built-in model cannot be used: {error.message}"
        raise DeskError(message) from error
    except OperationalError as error:
        if not is_lock_timeout(error):
            raise
        message = (
            f"A migration waited {settings.MIGRATE_LOCK_SECONDS:g} s for a table that somebody holds, and gave up; what it had begun was "
            "taken back. Run it again, or end long transactions first (pg_stat_activity lists them)."
        )
        raise DeskError(message) from error


def ensure_first_user(path: Path) -> SignIn | None:
    """The first administrator, made with a generated password that is kept in `path` (mode 600).

    Nothing is made where users exist. None when there is no generated sign-in, or its password was changed since.
    """
    if not User.objects.exists():
        return _create_first_user(path)
    if not path.exists():
        return None
    username, password = path.read_text(encoding="ascii").split()[1::2]
    user = User.objects.filter(username=username, is_active=True).first()
    valid = user is not None and user.check_password(password)
    return SignIn(username, password, path, fresh=False) if valid else None


def _create_first_user(path: Path) -> SignIn:
    password = "-".join("".join(secrets.choice(PASSWORD_LETTERS) for _ in range(4)) for _ in range(4))
    with transaction.atomic():
        User.objects.create_superuser(FIRST_USER, password=password, role=Role.ADMIN)
        # Before the commit: a start that dies in between makes a new password, never a user whose password nobody knows.
        _write_private(path, f"username: {FIRST_USER}\npassword: {password}\n")
    return SignIn(FIRST_USER, password, path, fresh=True)


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(text)


def load_demo_once() -> bool:
    """Loads the demo titles into a desk that has never had other titles; returns whether it did. Goes on with a load that was killed."""
    if demo_is_loaded() or Batch.objects.exclude(pk=DEMO_BATCH_ID).exists():
        return False
    call_command("load_demo", verbosity=0)
    return True
