"""spaCy's DocBin (.spacy): doc.text is the title, doc.ents its spans, doc.user_data["meta"] the rest. Scores of spans are not kept.

    docs = DocBin().from_disk("titles.spacy").get_docs(spacy.blank("xx").vocab)

A file holds up to 100,000 titles: spaCy reads a DocBin whole. A lone surrogate becomes U+FFFD, since spaCy keeps its words in UTF-8.
"""

import json
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import spacy
from spacy.tokens import Doc, DocBin
from spacy.vocab import Vocab

from ner_core.formats import FormatError, OnError, Record, checked_record, raise_error
from ner_core.formats.rows import in_utf8, rows_of

MOST = 100_000
MOST_BYTES = 2**29  # unpacked: MOST titles with long meta data are far from it
_META = "meta"
_BLOCK = 2**20


def write_file(records: Iterable[Record], path: Path) -> int:
    """Raises FormatError (too_many) beyond MOST titles."""
    vocabulary, box = spacy.blank("xx").vocab, DocBin(store_user_data=True, attrs=["ENT_IOB", "ENT_TYPE"])
    for number, record in enumerate(records, start=1):
        if number > MOST:
            raise FormatError(number, "too_many", f"spaCy reads a file whole: at most {MOST} titles")
        box.add(_doc(record, vocabulary))
    path.write_bytes(box.to_bytes())
    return len(box)


def read_file(path: Path, *, on_error: OnError = raise_error) -> Iterator[Record]:
    """Any DocBin with entities of our labels; a bad document goes to on_error with its number, counted from 1."""
    data = path.read_bytes()
    if _unpacks_to_more(data):
        on_error(FormatError(1, "too_large", f"unpacked it has more than {MOST_BYTES} bytes"))
        return
    try:
        docs = list(DocBin(store_user_data=True).from_bytes(data).get_docs(spacy.blank("xx").vocab))
    except Exception as error:  # noqa: BLE001  msgpack, zlib and spaCy each have their own errors for what is no DocBin
        on_error(FormatError(1, "not_spacy", f"not a DocBin: {error!r}"))
        return
    for number, doc in enumerate(docs, start=1):
        try:
            yield _record(number, doc)
        except FormatError as error:
            on_error(error)


def _unpacks_to_more(data: bytes) -> bool:
    """spaCy unpacks a file whole, and a megabyte may be packed gigabytes."""
    unpacker, size = zlib.decompressobj(), 0
    try:
        while data and size <= MOST_BYTES:
            size += len(unpacker.decompress(data, _BLOCK))
            data = unpacker.unconsumed_tail
    except zlib.error:  # no DocBin at all, which spaCy says
        return False
    return size > MOST_BYTES


def _doc(record: Record, vocabulary: Vocab) -> Doc:
    """Words with the blank behind them; other white space is a word of its own, so that the text comes back."""
    text = in_utf8(record.text)
    pieces = list(_pieces(text, [(row.start, row.end) for row in rows_of(record)]))
    doc = Doc(vocabulary, words=[word for word, _blank in pieces], spaces=[blank for _word, blank in pieces])
    doc.set_ents([doc.char_span(span.start, span.end, label=span.label) for span in record.spans])
    doc.user_data[_META] = json.dumps(record.meta)
    return doc


def _pieces(text: str, places: list[tuple[int, int]]) -> Iterator[tuple[str, bool]]:
    at = 0
    for start, end in [*places, (len(text), len(text))]:
        if at < start:  # white space that no blank behind a word stands for
            yield text[at:start], False
        has_blank = text[end : end + 1] == " "
        if start < end:
            yield text[start:end], has_blank
        at = end + has_blank


def _record(number: int, doc: Doc) -> Record:
    spans = [{"start": ent.start_char, "end": ent.end_char, "label": ent.label_} for ent in doc.ents]
    try:
        meta = json.loads(doc.user_data.get(_META, "{}"))
    except (TypeError, ValueError, RecursionError) as error:
        raise FormatError(number, "not_json", f"the meta data is not JSON: {error}") from error
    return checked_record(number, doc.text, spans, meta)
