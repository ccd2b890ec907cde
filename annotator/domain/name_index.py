"""Names that are nearly the same, found among millions: an index of three-letter pieces of all keys of the artist table.

SQLite has an FTS5 table of trigrams, kept by triggers; PostgreSQL has GIN indexes of pg_trgm. Neither belongs to a Django model: they are
made after every `migrate`, because a migration that changes one of the tables drops its triggers.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connections, transaction

from ner_core.name_matching import Block, blocks_of, most_edits

MOST_KEYS = 8_000  # keys that share a block; beyond that the name is too common to be worth the time
_TABLES = (("annotator_artist", 0), ("annotator_alias", 1))
_SQLITE_TABLE = """
CREATE VIRTUAL TABLE IF NOT EXISTS artist_name_blocks
USING fts5(key, tokenize='trigram case_sensitive 1', detail='none', columnsize=0)
"""
# Row ids: twice the row's own, and one more for an alias. ^ and $ stand for the ends of a key. A sign for its length was tried: fewer rows
# came back, and the search took longer.
_SQLITE_TRIGGERS = """
CREATE TRIGGER IF NOT EXISTS {table}_pieces_insert AFTER INSERT ON {table} BEGIN
    INSERT INTO artist_name_blocks(rowid, key) VALUES (2 * new.id + {odd}, {text});
END;
CREATE TRIGGER IF NOT EXISTS {table}_pieces_update AFTER UPDATE OF key ON {table} BEGIN
    UPDATE artist_name_blocks SET key = {text} WHERE rowid = 2 * new.id + {odd};
END;
CREATE TRIGGER IF NOT EXISTS {table}_pieces_delete AFTER DELETE ON {table} BEGIN
    DELETE FROM artist_name_blocks WHERE rowid = 2 * old.id + {odd};
END;
"""
_SQLITE_FILL = "INSERT INTO artist_name_blocks(rowid, key) SELECT 2 * id + {odd}, {text} FROM {table}"
_SQLITE_TEXT = "'^' || {key} || '$'"
_POSTGRES_INDEXES = (
    "CREATE INDEX IF NOT EXISTS {table}_pieces ON {table} USING gin (key gin_trgm_ops)",
    # Without it a beginning is looked up by index only where the database sorts by code points.
    "CREATE INDEX IF NOT EXISTS {table}_beginnings ON {table} (key text_pattern_ops)",
    # The key is in it, so that a common ending is answered without the rows of the table.
    "CREATE INDEX IF NOT EXISTS {table}_endings ON {table} (reverse(key) text_pattern_ops) INCLUDE (key)",
)
# More new pieces wait to be merged into the GIN index, and are merged together: tidy_name_index empties what is left.
_POSTGRES_BULK = {"gin_pending_list_limit": "32MB", "work_mem": "64MB"}
_POSTGRES_BUILD_MEMORY = "512MB"
_LAST = chr(0x10FFFF)
_PIECE = 3
_MOST_PARTS = 500  # keys with the same pieces, of which those are taken that have them in a row


def make_name_index(*, using: str = "default", **_signal: object) -> None:
    """Makes the index where it is missing, and fills it. Safe to run again; does nothing on other databases. Receives post_migrate."""
    connection = connections[using]
    tables = connection.introspection.table_names()
    if not all(table in tables for table, _odd in _TABLES):
        return  # migrated back to nothing
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            for statement in _POSTGRES_INDEXES:
                for table, _odd in _TABLES:
                    cursor.execute(statement.format(table=table))
        elif connection.vendor == "sqlite":
            _make_sqlite_index(cursor, is_new="artist_name_blocks" not in tables)


def _make_sqlite_index(cursor: object, *, is_new: bool) -> None:
    cursor.execute(_SQLITE_TABLE)
    for table, odd in _TABLES:
        for statement in _SQLITE_TRIGGERS.format(table=table, odd=odd, text=_SQLITE_TEXT.format(key="new.key")).split(
            "END;\n"
        )[:-1]:
            cursor.execute(f"{statement}END")
        if is_new:
            cursor.execute(_SQLITE_FILL.format(table=table, odd=odd, text=_SQLITE_TEXT.format(key="key")))


@contextmanager
def filled_in_bulk(*, using: str = "default") -> Iterator[None]:
    """What is inserted inside enters the index in one go at the end: half the time of a trigger a row. The caller holds the transaction,
    which takes the triggers away and brings them back; a kill leaves all as it was, and SQLite has one writer."""
    connection = connections[using]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for setting, value in _POSTGRES_BULK.items():
                cursor.execute(f"SET LOCAL {setting} = '{value}'")
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        last = {table: _last_id(cursor, table) for table, _odd in _TABLES}
        for table, _odd in _TABLES:
            cursor.execute(f"DROP TRIGGER IF EXISTS {table}_pieces_insert")
        yield
        for table, odd in _TABLES:
            fill = _SQLITE_FILL.format(table=table, odd=odd, text=_SQLITE_TEXT.format(key="key"))
            cursor.execute(f"{fill} WHERE id > {last[table]}")
        _make_sqlite_index(cursor, is_new=False)


@contextmanager
def name_index_put_off(*, using: str = "default") -> Iterator[None]:
    """Many rows at once into an empty table: PostgreSQL builds an index of millions of rows in a fraction of the time that it takes to add
    them one by one. It is made again at the end, after a kill with the next start. Nothing on SQLite, and in a table that has rows."""
    was_put_off = _put_off(connections[using])
    try:
        yield
    finally:
        if was_put_off:
            _bring_back(using)


def _put_off(connection: Any) -> bool:
    # Rows of an open transaction may keep an index from being made.
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM annotator_artist)")
        if cursor.fetchone()[0]:
            return False
        for table, _odd in _TABLES:
            cursor.execute(f"DROP INDEX IF EXISTS {table}_pieces, {table}_beginnings, {table}_endings")
    return True


def _bring_back(using: str) -> None:
    """Of two imports at once one makes the index, and the other waits."""
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('artist_name_index'))")
        cursor.execute(f"SET LOCAL maintenance_work_mem = '{_POSTGRES_BUILD_MEMORY}'")
        make_name_index(using=using)


def tidy_name_index(*, using: str = "default") -> None:
    """After many rows at once: PostgreSQL plans by fresh statistics and merges what its GIN indexes put aside. Nothing on SQLite."""
    connection = connections[using]
    if connection.vendor != "postgresql":
        return
    # Once vacuumed, beginnings and endings are read from their indexes alone. A transaction of the caller allows no VACUUM.
    tidy = "ANALYZE" if connection.in_atomic_block else "VACUUM (ANALYZE)"
    with connection.cursor() as cursor:
        for table, _odd in _TABLES:
            cursor.execute(
                "SELECT gin_clean_pending_list(to_regclass(%s)) WHERE to_regclass(%s) IS NOT NULL",
                [f"{table}_pieces"] * 2,
            )
            cursor.execute(f"{tidy} {table}")


def _last_id(cursor: object, table: str) -> int:
    cursor.execute(f"SELECT coalesce(max(id), 0) FROM {table}")  # noqa: S608  our own words
    return cursor.fetchone()[0]


def keys_that_share_a_block(key: str, *, using: str = "default") -> list[str]:
    """Keys of artists and aliases of which one may be within most_edits of this one; empty for a short key. At most MOST_KEYS."""
    blocks = blocks_of(key)
    if not blocks:
        return []
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            return _read_postgres(cursor, blocks, slack=most_edits(key))
        return _read_sqlite(cursor, blocks)


def keys_that_begin(key: str, *, most: int, using: str = "default") -> list[str]:
    """The first keys of artists and aliases, by code points, that begin like this; at most `most` of each."""
    connection = connections[using]
    if connection.vendor == "postgresql":
        condition, order, wanted = "key LIKE %s", "key USING ~<~", [_escape(key) + "%"]
    else:
        condition, order, wanted = "key >= %s AND key < %s", "key", [key, key + _LAST]
    return _read_both(condition, wanted, order=order, most=most, using=using)


def keys_that_contain(key: str, *, most: int, using: str = "default") -> list[str]:
    """Some keys of artists and aliases with this in them; empty for less than three letters. At most `most` of each."""
    if len(key) < _PIECE:
        return []
    connection = connections[using]
    if connection.vendor == "postgresql":
        return _read_both("key LIKE %s", [f"%{_escape(key)}%"], order="", most=most, using=using)
    with connection.cursor() as cursor:
        found = _read_sqlite(cursor, [Block(key, is_first=False, is_last=False)], most=_MOST_PARTS)
    return [other for other in found if key in other][: 2 * most]


def _read_both(condition: str, wanted: Sequence[str], *, order: str, most: int, using: str) -> list[str]:
    order_by = f"ORDER BY {order}" if order else ""
    with connections[using].cursor() as cursor:
        found = []
        for table, _odd in _TABLES:
            cursor.execute(f"SELECT key FROM {table} WHERE {condition} {order_by} LIMIT %s", [*wanted, most])  # noqa: S608  our own words
            found += [key for (key,) in cursor]
    return sorted(set(found))


def _read_sqlite(cursor: object, blocks: Sequence[Block], *, most: int = MOST_KEYS) -> list[str]:
    wanted = " OR ".join(f"({' AND '.join(_pieces(block))})" for block in blocks)
    cursor.execute("SELECT key FROM artist_name_blocks WHERE artist_name_blocks MATCH %s LIMIT %s", [wanted, most])
    return [key[1:-1] for (key,) in cursor]


def _pieces(block: Block) -> list[str]:
    """The trigrams of a block with the end of the key that it touches, quoted for FTS5."""
    text = "^" * block.is_first + block.text + "$" * block.is_last
    pieces = (text[at : at + 3].replace('"', '""') for at in range(len(text) - 2))
    return [f'"{piece}"' for piece in pieces]


def _read_postgres(cursor: object, blocks: Sequence[Block], *, slack: int) -> list[str]:
    """Block by block: each is answered by the index that fits it, where one condition for all would have to read the rows."""
    length = sum(len(block.text) for block in blocks)
    limits = f"length(key) BETWEEN {length - slack} AND {length + slack}"
    parts, wanted = [], []
    for block in blocks:
        condition, pattern = _condition(block)
        for table, _odd in _TABLES:
            parts.append(f"(SELECT key FROM {table} WHERE {limits} AND {condition} LIMIT %s)")  # noqa: S608  our own words
            wanted += [pattern, MOST_KEYS]
    cursor.execute(" UNION ".join(parts), wanted)
    return [key for (key,) in cursor]


def _condition(block: Block) -> tuple[str, str]:
    """A condition on a key with this block at its place, and the pattern for it."""
    if block.is_last and not block.is_first:
        return "reverse(key) LIKE %s", _escape(block.text[::-1]) + "%"
    return "key LIKE %s", "%" * (not block.is_first) + _escape(block.text) + "%" * (not block.is_last)


def _escape(text: str) -> str:
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
