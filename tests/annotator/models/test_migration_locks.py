"""Migrations of a database that is in use: they give up instead of holding everybody up, and only one runs at a time."""

import threading
import time

import psycopg
import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import OperationalError, connection, models
from django.db.migrations.state import ProjectState
from django.db.models.signals import pre_migrate

from annotator import migration_locks
from annotator.migration_operations import AddConstraintOnline, AddIndexOnline
from annotator.models import Title
from annotator.supervisor import first_start
from annotator.supervisor.errors import DeskError
from tests.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
on_postgres = pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL has these locks")
TABLE = "annotator_title"
INSERT = "INSERT INTO annotator_title (text, key, state, created_at) VALUES (%s, %s, 'new', now())"


@pytest.fixture
def somebody() -> psycopg.Connection:
    """Another session, with a transaction open."""
    with psycopg.connect(
        **{k: v for k, v in connection.get_connection_params().items() if k in ("dbname", "user", "host", "port")}
    ) as other:
        yield other
        other.rollback()


@pytest.fixture
def state() -> ProjectState:
    return ProjectState.from_apps(apps)


def constraints() -> dict:
    with connection.cursor() as cursor:
        return connection.introspection.get_constraints(cursor, TABLE)


def apply(operation, state: ProjectState):
    """Forwards and, by what it returns, backwards, as a migration with atomic = False does."""
    before, after = state.clone(), state.clone()
    operation.state_forwards("annotator", after)
    with connection.schema_editor(atomic=False) as editor:
        operation.database_forwards("annotator", editor, before, after)

    def undo() -> None:
        with connection.schema_editor(atomic=False) as editor:
            operation.database_backwards("annotator", editor, after, before)

    return undo


def test_an_index_comes_and_goes_on_every_database(state):
    undo = apply(AddIndexOnline("title", models.Index(fields=["created_at"], name="title_created_probe")), state)
    assert constraints()["title_created_probe"]["index"]
    undo()
    assert "title_created_probe" not in constraints()


def test_a_check_comes_and_goes_on_every_database(state):
    check = models.CheckConstraint(condition=~models.Q(text=""), name="title_probe")
    undo = apply(AddConstraintOnline("title", check), state)
    assert constraints()["title_probe"]["check"]
    undo()
    assert "title_probe" not in constraints()


@on_postgres
def test_an_index_is_made_while_others_write(state, somebody):
    """A plain CREATE INDEX would wait for a writer, and every later writer for it; this one waits alone."""
    index = AddIndexOnline("title", models.Index(fields=["created_at"], name="title_created_probe"))
    somebody.execute(INSERT, ["a", "a"])
    made = []

    def make() -> None:
        made.append(apply(index, state))
        connection.close()

    thread = threading.Thread(target=make)
    thread.start()
    try:
        wait_until(lambda: "title_created_probe" in constraints())
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '1s'")
            cursor.execute(INSERT, ["b", "b"])
            cursor.execute("SET lock_timeout = DEFAULT")
    finally:
        somebody.rollback()
        thread.join()
    assert Title.objects.filter(text="b").exists(), "written while the index was being made"
    assert constraints()["title_created_probe"]["index"]
    made[0]()
    assert "title_created_probe" not in constraints()


@on_postgres
def test_a_migration_gives_up_when_somebody_holds_the_table(settings, somebody):
    settings.MIGRATE_LOCK_SECONDS = 0.2
    somebody.execute("SELECT 1 FROM annotator_title")
    pre_migrate.send(sender=apps.get_app_config("annotator"), using="default")
    began = time.monotonic()
    with pytest.raises(OperationalError) as refusal, connection.cursor() as cursor:
        cursor.execute("ALTER TABLE annotator_title ADD COLUMN probe integer")
    assert 0.1 < time.monotonic() - began < 5
    assert migration_locks.is_lock_timeout(refusal.value)
    migration_locks.unlimit_lock_wait()


@on_postgres
def test_migrate_leaves_no_limit_behind():
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)


def test_prepare_says_what_to_do_about_a_table_that_is_held(monkeypatch):
    held = OperationalError("canceling statement due to lock timeout")
    held.__cause__ = psycopg.errors.LockNotAvailable()

    def migrate(*args, **kwargs):
        raise held

    monkeypatch.setattr(first_start, "call_command", migrate)
    with pytest.raises(DeskError, match=r"waited 5 s for a table that somebody holds.*Run it again"):
        first_start.prepare_database(verbosity=0)


def test_prepare_hides_no_other_error_of_the_database(monkeypatch):
    def migrate(*args, **kwargs):
        raise OperationalError("disk full")

    monkeypatch.setattr(first_start, "call_command", migrate)
    with pytest.raises(OperationalError, match="disk full"):
        first_start.prepare_database(verbosity=0)


@on_postgres
def test_a_second_process_waits_until_the_first_has_prepared(somebody):
    entered = threading.Event()

    def prepare() -> None:
        with migration_locks.alone():
            entered.set()
        connection.close()

    somebody.execute("SELECT pg_advisory_lock(%s)", [migration_locks._ONE_AT_A_TIME])
    thread = threading.Thread(target=prepare)
    thread.start()
    assert not entered.wait(0.5)
    somebody.execute("SELECT pg_advisory_unlock(%s)", [migration_locks._ONE_AT_A_TIME])
    assert entered.wait(5)
    thread.join()
