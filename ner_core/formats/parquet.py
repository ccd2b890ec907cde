"""Parquet for Hugging Face datasets, ready for transformers' Trainer: text, tokens, ner_tags (BIO class labels), starts, ends, meta (JSON).

    datasets.load_dataset("parquet", data_files="titles.parquet")

starts and ends of the tokens are code points, so that spans come back exactly. Parquet holds UTF-8: a lone surrogate becomes U+FFFD. Scores
of spans are not kept.
"""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ner_core.formats import FormatError, OnError, Record, checked_record, raise_error
from ner_core.formats.rows import Row, in_utf8, rows_of, spans_of
from ner_core.labels import LabelScheme
from ner_core.spans import span_to_dict

NAMES = LabelScheme.bio().id2label
_NAME_OF = dict(enumerate(NAMES))  # -1, which a list would take, is no class
_CHUNK = 2000
_DAMAGED = (pa.ArrowException, OSError, ValueError, LookupError, ArithmeticError)  # names that are no UTF-8 among them
MOST_BYTES = 2**29  # of a column in a row group; whoever writes a million titles makes no group near it


def write_file(records: Iterable[Record], path: Path) -> int:
    schema, total = _schema(), 0
    rest = iter(records)
    with pq.ParquetWriter(path, schema) as writer:
        while chunk := [_columns(record) for record in islice(rest, _CHUNK)]:
            writer.write_table(pa.Table.from_pylist(chunk, schema=schema))
            total += len(chunk)
    return total


def read_file(path: Path, *, on_error: OnError = raise_error) -> Iterator[Record]:
    """Rows as write_file makes them; a bad one goes to on_error with its number, counted from 1."""
    try:
        file = pq.ParquetFile(path)
        largest = _largest_column(file)
    except _DAMAGED as error:
        on_error(FormatError(1, "not_parquet", f"not Parquet: {error}"))
        return
    number = 0
    if largest > MOST_BYTES:
        file.close()
        on_error(FormatError(1, "too_large", f"one column of it unpacks to more than {MOST_BYTES} bytes"))
        return
    with file:
        for row in _rows(file, on_error):
            number += 1
            try:
                yield _record(number, row)
            except FormatError as error:
                on_error(error)


def _largest_column(file: pq.ParquetFile) -> int:
    groups = (file.metadata.row_group(index) for index in range(file.num_row_groups))
    sizes = (group.column(place).total_uncompressed_size for group in groups for place in range(group.num_columns))
    return max(sizes, default=0)


def _rows(file: pq.ParquetFile, on_error: OnError) -> Iterator[dict]:
    """Damage inside shows only when its page is read; nothing behind it can be read."""
    read = 0
    try:
        for batch in file.iter_batches(_CHUNK):
            rows = batch.to_pylist()
            read += len(rows)
            yield from rows
    except _DAMAGED as error:
        on_error(FormatError(read + 1, "not_parquet", f"not Parquet: {error}"))


def _schema() -> pa.Schema:
    """With the features that `datasets` looks for, so that ner_tags are class labels with names."""
    fields = {
        "text": (pa.string(), _value("string")),
        "tokens": (pa.list_(pa.string()), _list(_value("string"))),
        "ner_tags": (pa.list_(pa.int64()), _list({"names": list(NAMES), "_type": "ClassLabel"})),
        "starts": (pa.list_(pa.int32()), _list(_value("int32"))),
        "ends": (pa.list_(pa.int32()), _list(_value("int32"))),
        "meta": (pa.string(), _value("string")),
    }
    info = {"info": {"features": {name: feature for name, (_type, feature) in fields.items()}}}
    return pa.schema(
        [pa.field(name, kind) for name, (kind, _feature) in fields.items()], metadata={"huggingface": json.dumps(info)}
    )


def _value(dtype: str) -> dict:
    return {"dtype": dtype, "_type": "Value"}


def _list(feature: dict) -> dict:
    return {"feature": feature, "_type": "List"}


def _columns(record: Record) -> dict:
    rows, text = list(rows_of(record)), in_utf8(record.text)
    return {
        "text": text,
        "tokens": [text[row.start : row.end] for row in rows],
        "ner_tags": [NAMES.index(row.tag) for row in rows],
        "starts": [row.start for row in rows],
        "ends": [row.end for row in rows],
        "meta": in_utf8(json.dumps(record.meta)),
    }


def _record(number: int, row: dict) -> Record:
    try:
        places = zip(row["starts"], row["ends"], row["ner_tags"], strict=True)
        spans = spans_of([Row(start, end, _NAME_OF[tag]) for start, end, tag in places])
        meta = json.loads(row.get("meta") or "{}")
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise FormatError(number, "not_a_span", f"starts, ends, ner_tags or meta cannot be read: {error!r}") from error
    return checked_record(number, row.get("text"), [span_to_dict(span) for span in spans], meta)
