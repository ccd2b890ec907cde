"""Names that are nearly the same, found among millions: an index of three-letter pieces of all keys of the artist table.

SQLite has an FTS5 table of trigrams, kept by triggers; PostgreSQL has GIN indexes of pg_trgm. Neither belongs to a Django model: they are
made after every `migrate`, because a migration that changes one of the tables drops its triggers.
"""

from collections.abc import Sequence

from django.db import connections

from ner_core.name_matching import Block, blocks_of

MOST_KEYS = 10_000  # keys that share a block; beyond that the name is too common to be worth the time
_TABLES = (("annotator_artist", 0), ("annotator_alias", 1))
_SQLITE_TABLE = """
CREATE VIRTUAL TABLE IF NOT EXISTS artist_name_pieces
USING fts5(key, tokenize='trigram case_sensitive 1', detail='none', columnsize=0)
"""
# Row ids: twice the row's own, and one more for an alias. ^ and $ stand for the ends of a key.
_SQLITE_TRIGGERS = """
CREATE TRIGGER IF NOT EXISTS {table}_pieces_insert AFTER INSERT ON {table} BEGIN
    INSERT INTO artist_name_pieces(rowid, key) VALUES (2 * new.id + {odd}, '^' || new.key || '$');
END;
CREATE TRIGGER IF NOT EXISTS {table}_pieces_update AFTER UPDATE OF key ON {table} BEGIN
    UPDATE artist_name_pieces SET key = '^' || new.key || '$' WHERE rowid = 2 * new.id + {odd};
END;
CREATE TRIGGER IF NOT EXISTS {table}_pieces_delete AFTER DELETE ON {table} BEGIN
    DELETE FROM artist_name_pieces WHERE rowid = 2 * old.id + {odd};
END;
"""
_SQLITE_FILL = "INSERT INTO artist_name_pieces(rowid, key) SELECT 2 * id + {odd}, '^' || key || '$' FROM {table}"
_POSTGRES_INDEX = "CREATE INDEX IF NOT EXISTS {table}_pieces ON {table} USING gin (key gin_trgm_ops)"


def make_name_index(*, using: str = "default", **_signal: object) -> None:
    """Makes the index where it is missing, and fills it. Safe to run again; does nothing on other databases. Receives post_migrate."""
    connection = connections[using]
    tables = connection.introspection.table_names()
    if not all(table in tables for table, _odd in _TABLES):
        return  # migrated back to nothing
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            for table, _odd in _TABLES:
                cursor.execute(_POSTGRES_INDEX.format(table=table))
        elif connection.vendor == "sqlite":
            _make_sqlite_index(cursor, is_new="artist_name_pieces" not in tables)


def _make_sqlite_index(cursor: object, *, is_new: bool) -> None:
    cursor.execute(_SQLITE_TABLE)
    for table, odd in _TABLES:
        for statement in _SQLITE_TRIGGERS.format(table=table, odd=odd).split("END;\n")[:-1]:
            cursor.execute(f"{statement}END")
        if is_new:
            cursor.execute(_SQLITE_FILL.format(table=table, odd=odd))


def keys_that_share_a_block(key: str, *, using: str = "default") -> list[str]:
    """Keys of artists and aliases of which one may be within most_edits of this one; empty for a short key. At most MOST_KEYS."""
    blocks = blocks_of(key)
    if not blocks:
        return []
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            return _read_postgres(cursor, blocks)
        return _read_sqlite(cursor, blocks)


def _read_sqlite(cursor: object, blocks: Sequence[Block]) -> list[str]:
    wanted = " OR ".join(f"({' AND '.join(pieces)})" for block in blocks if (pieces := _pieces(block)))
    cursor.execute("SELECT key FROM artist_name_pieces WHERE artist_name_pieces MATCH %s LIMIT %s", [wanted, MOST_KEYS])
    return [key[1:-1] for (key,) in cursor]


def _pieces(block: Block) -> list[str]:
    """The trigrams of a block with the end of the key that it touches, quoted for FTS5."""
    text = "^" * block.is_first + block.text + "$" * block.is_last
    pieces = (text[at : at + 3].replace('"', '""') for at in range(len(text) - 2))
    return [f'"{piece}"' for piece in pieces]


def _read_postgres(cursor: object, blocks: Sequence[Block]) -> list[str]:
    patterns = [_pattern(block) for block in blocks]
    condition = " OR ".join(["key LIKE %s"] * len(patterns))
    parts = [f"(SELECT key FROM {table} WHERE {condition} LIMIT %s)" for table, _odd in _TABLES]  # noqa: S608  our own words
    cursor.execute(" UNION ".join(parts), [*patterns, MOST_KEYS] * len(_TABLES))
    return [key for (key,) in cursor]


def _pattern(block: Block) -> str:
    escaped = block.text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return "%" * (not block.is_first) + escaped + "%" * (not block.is_last)
