"""Words in titles, found among millions: an index of three-letter pieces of the texts.

As name_index.py: SQLite has an FTS5 table kept by triggers, PostgreSQL a GIN index of pg_trgm, and neither belongs to a Django model.
A word that many titles hold is found sooner by reading the newest titles, so that the index answers for rare words alone.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import connections
from django.db.models import QuerySet

from annotator.models import Title

MOST_ROWS = 2_000  # titles that the index names; with more of them the newest are soon found
BULK = 100  # titles at once from which it pays to fill the index beside its trigger
_TABLE = "annotator_title"
_PIECE = 3
_SQLITE_TABLE = """
CREATE VIRTUAL TABLE IF NOT EXISTS title_pieces
USING fts5(text, content='annotator_title', content_rowid='id', tokenize='trigram', detail='none', columnsize=0)
"""
_SQLITE_INSERT = """
CREATE TRIGGER IF NOT EXISTS title_pieces_insert AFTER INSERT ON annotator_title BEGIN
    INSERT INTO title_pieces(rowid, text) VALUES (new.id, new.text);
END
"""
_SQLITE_DELETE = """
CREATE TRIGGER IF NOT EXISTS title_pieces_delete AFTER DELETE ON annotator_title BEGIN
    INSERT INTO title_pieces(title_pieces, rowid, text) VALUES ('delete', old.id, old.text);
END
"""
_SQLITE_UPDATE = """
CREATE TRIGGER IF NOT EXISTS title_pieces_update AFTER UPDATE OF text ON annotator_title BEGIN
    INSERT INTO title_pieces(title_pieces, rowid, text) VALUES ('delete', old.id, old.text);
    INSERT INTO title_pieces(rowid, text) VALUES (new.id, new.text);
END
"""
# The expression is the one that Django's `icontains` asks for.
_POSTGRES_INDEX = "CREATE INDEX IF NOT EXISTS title_pieces ON annotator_title USING gin (upper(text) gin_trgm_ops)"
_STATEMENTS = {
    "postgresql": ("CREATE EXTENSION IF NOT EXISTS pg_trgm", _POSTGRES_INDEX),
    "sqlite": (_SQLITE_TABLE, _SQLITE_INSERT, _SQLITE_DELETE, _SQLITE_UPDATE),
}


def make_title_index(*, using: str = "default", **_signal: object) -> None:
    """Makes the index where it is missing, and fills it. Safe to run again; does nothing on other databases. Receives post_migrate."""
    connection = connections[using]
    tables = connection.introspection.table_names()
    if _TABLE not in tables:
        return  # migrated back to nothing
    with connection.cursor() as cursor:
        for statement in _STATEMENTS.get(connection.vendor, ()):
            cursor.execute(statement)
        if connection.vendor == "sqlite" and "title_pieces" not in tables:
            cursor.execute("INSERT INTO title_pieces(title_pieces) VALUES ('rebuild')")


@contextmanager
def titles_filled_in_bulk(rows: int, *, using: str = "default") -> Iterator[None]:
    """If `rows` are BULK or more, titles that are inserted inside enter the index in one statement at the end.

    An import takes half the time that it takes with a trigger a row. The caller holds the transaction, which takes the trigger away and
    brings it back; a kill leaves all as it was, and SQLite has one writer. Nothing on other databases.
    """
    connection = connections[using]
    if connection.vendor != "sqlite" or rows < BULK:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT COALESCE(MAX(id), 0) FROM annotator_title")
        (last,) = cursor.fetchone()
        cursor.execute("DROP TRIGGER IF EXISTS title_pieces_insert")
        yield
        cursor.execute(
            "INSERT INTO title_pieces(rowid, text) SELECT id, text FROM annotator_title WHERE id > %s", [last]
        )
        cursor.execute(_SQLITE_INSERT)


def with_words(titles: QuerySet[Title], words: Sequence[str]) -> QuerySet[Title]:
    """Those in which every word occurs, in any case."""
    for word in words:
        titles = titles.filter(text__icontains=word)
    rare = _rare_titles(words, using=titles.db)
    return titles if rare is None else titles.filter(pk__any_of=rare)


def _rare_titles(words: Sequence[str], *, using: str) -> list[int] | None:
    """Ids of the titles that may hold all the words; None where the index cannot tell, or there are more than MOST_ROWS.

    PostgreSQL's planner knows from its statistics when to use the index.
    """
    connection = connections[using]
    pieces = [piece for word in words for piece in _pieces(word)]
    if connection.vendor != "sqlite" or not pieces:
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rowid FROM title_pieces WHERE title_pieces MATCH %s LIMIT %s", [" ".join(pieces), MOST_ROWS + 1]
        )
        found = [row for (row,) in cursor]
    return found if len(found) <= MOST_ROWS else None


def _pieces(word: str) -> list[str]:
    """The trigrams of a word, quoted for FTS5, which folds the case of every script, where SQLite's LIKE folds that of ASCII alone: the
    index names too many titles rather than too few."""
    pieces = (word[at : at + _PIECE] for at in range(len(word) - _PIECE + 1))
    return ['"' + piece.replace('"', '""') + '"' for piece in pieces if "\x00" not in piece]
