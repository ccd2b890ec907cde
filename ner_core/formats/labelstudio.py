"""Label Studio's JSON: a list of tasks with annotations, and predictions where the meta data has them ("predicted", "confidence").

Offsets there count UTF-16 code units, as JavaScript does. Meta data stands in data.meta. Scores of annotated spans are not kept, since
Label Studio has none. The labelling configuration that fits has <Labels name="label" toName="text"> over <Text name="text">.
"""

import json
import re
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from ner_core.formats import FormatError, OnError, Record, checked_record, dump_json, raise_error
from ner_core.spans import Span, SpanError, span_from_dict, validate_spans
from ner_core.text import code_points_to_utf16, utf16_to_code_points

_FROM, _TO = "label", "text"
_CHUNK = 2**16
_LARGEST_TASK = 2**24
_BLANKS = re.compile("[ \t\r\n\ufeff]*")  # a byte order mark may come first


def write(records: Iterable[Record]) -> Iterator[str]:
    """One task a line."""
    yield "[\n"
    before = ""
    for number, record in enumerate(records, start=1):
        yield before + dump_json(_task(number, record))
        before = ",\n"
    yield "\n]\n"


def read_file(path: Path, *, on_error: OnError = raise_error) -> Iterator[Record]:
    """By pieces instead of lines: other programs write all tasks on one line. Raises UnicodeDecodeError for what is not UTF-8."""
    with path.open(encoding="utf-8", newline="") as file:
        yield from read(iter(partial(file.read, _CHUNK), ""), on_error=on_error)


def read(pieces: Iterable[str], *, on_error: OnError = raise_error) -> Iterator[Record]:
    """Any list of tasks, also Label Studio's own export; errors name the task, counted from 1. Of several annotations the first counts.

    Cancelled annotations do not; a task that has no others was skipped by its annotators, which says nothing of its spans, and goes to
    on_error (skipped). A task with no annotations at all is a title without spans. Of several labels of a region the first counts.
    After what is not JSON nothing more can be read.
    """
    for number, task in _tasks(pieces, on_error):
        try:
            yield _record(number, task)
        except FormatError as error:
            on_error(error)


def _task(number: int, record: Record) -> dict:
    task: dict = {
        "id": number,
        "data": {"text": record.text, "meta": record.meta},
        "annotations": [{"result": [_result(record.text, span) for span in record.spans]}],
    }
    if predicted := _predicted(record):
        version, score = record.meta.get("model_version") or "", record.meta.get("confidence")
        result = [_result(record.text, span) | _score(span) for span in predicted]
        task["predictions"] = [{"model_version": version, "score": score, "result": result}]
    return task


def _predicted(record: Record) -> list[Span]:
    """None where the key means something else in the meta data of another program."""
    found = record.meta.get("predicted")
    try:
        return validate_spans(record.text, map(span_from_dict, found if isinstance(found, list) else ()))
    except SpanError:
        return []


def _result(text: str, span: Span) -> dict:
    value = {
        "start": code_points_to_utf16(text, span.start),
        "end": code_points_to_utf16(text, span.end),
        "text": text[span.start : span.end],
        "labels": [span.label],
    }
    return {"from_name": _FROM, "to_name": _TO, "type": "labels", "value": value}


def _score(span: Span) -> dict:
    return {} if span.score is None else {"score": span.score}


def _tasks(pieces: Iterable[str], on_error: OnError) -> Iterator[tuple[int, object]]:
    """(number, task), one after the other as the text comes in, at the memory of one task."""
    source, number = _Source(pieces), 1
    try:
        source.take("[")
        while source.peek() != "]":
            yield number, source.value()
            number += 1
            if source.peek() != "]":
                source.take(",")
        source.take("]")
        source.take("")
    except _NotJsonError as error:
        on_error(FormatError(number, "not_json", f"not a JSON list of tasks: {error}"))


class _NotJsonError(Exception):
    """Not a ValueError: those also come from a file that is not UTF-8, which is told otherwise."""


class _Source:
    """JSON values out of a text that comes in pieces."""

    def __init__(self, pieces: Iterable[str]) -> None:
        self._pieces = iter(pieces)
        self._text = ""
        self._at = 0
        self._ended = False

    def peek(self) -> str:
        """The next character that is not blank; "" at the end."""
        while True:
            self._at = _BLANKS.match(self._text, self._at).end()
            if self._at < len(self._text) or self._ended:
                return self._text[self._at : self._at + 1]
            self._more()

    def take(self, sign: str) -> None:
        found = self.peek()
        if found != sign:
            raise _NotJsonError(f"{sign or 'the end'!r} must stand where {found or 'the end'!r} stands")
        self._at += len(sign)

    def value(self) -> object:
        """What follows a value must be there too: 12 may be the beginning of 123."""
        self.peek()
        while True:
            try:
                found, end = json.JSONDecoder().raw_decode(self._text, self._at)
            except RecursionError as error:
                raise _NotJsonError("nested too deeply") from error
            except ValueError as error:
                if self._ended or len(self._text) - self._at > _LARGEST_TASK:
                    raise _NotJsonError(str(error)) from error
            else:
                if end < len(self._text) or self._ended:
                    self._at = end
                    return found
            self._more()

    def _more(self) -> None:
        """As much again as waits at least: a task of many pieces is not decoded anew for each of them."""
        waiting = [self._text[self._at :]]
        wanted, self._at = max(len(waiting[0]), 1), 0
        for piece in self._pieces:
            waiting.append(piece)
            wanted -= len(piece)
            if wanted <= 0:
                break
        else:
            self._ended = True
        self._text = "".join(waiting)


def _record(number: int, task: object) -> Record:
    data = task.get("data") if isinstance(task, dict) else None
    if not isinstance(data, dict) or not isinstance(data.get("text"), str):
        raise FormatError(number, "no_text", '"data.text" must be a text')
    try:
        spans = [_span(number, data["text"], found) for found in _results(number, task) if found["type"] == "labels"]
    except (KeyError, TypeError, IndexError, AttributeError, OverflowError) as error:
        raise FormatError(number, "not_a_span", f"a result cannot be read: {error!r}") from error
    return checked_record(number, data["text"], spans, data.get("meta") or {})


def _results(number: int, task: dict) -> list[dict]:
    annotations = task.get("annotations") or [{}]
    standing = [found for found in annotations if not found.get("was_cancelled")]
    if not standing:
        raise FormatError(number, "skipped", "all its annotations were cancelled")
    return standing[0].get("result", [])


def _span(number: int, text: str, result: dict) -> dict:
    value = result["value"]
    start, end = (_code_points(number, text, value[edge]) for edge in ("start", "end"))
    return {"start": start, "end": end, "label": value["labels"][0]}


def _code_points(number: int, text: str, offset: int) -> int:
    found = utf16_to_code_points(text, offset)
    if code_points_to_utf16(text, found) != offset:
        raise FormatError(number, "out_of_range", f"{offset} is no place in the text, counted in UTF-16 units")
    return found
