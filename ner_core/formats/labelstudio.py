"""Label Studio's JSON: a list of tasks with annotations, and predictions where the meta data has them ("predicted", "confidence").

Offsets there count UTF-16 code units, as JavaScript does. Meta data stands in data.meta. Scores of annotated spans are not kept, since
Label Studio has none. The labelling configuration that fits has <Labels name="label" toName="text"> over <Text name="text">.
"""

import json
from collections.abc import Iterable, Iterator
from itertools import chain

from ner_core.formats import FormatError, OnError, Record, checked_record, dump_json, raise_error
from ner_core.text import code_points_to_utf16, utf16_to_code_points

_FROM, _TO = "label", "text"


def write(records: Iterable[Record]) -> Iterator[str]:
    """One task a line, so that the file can be read line by line."""
    yield "[\n"
    before = ""
    for number, record in enumerate(records, start=1):
        yield before + dump_json(_task(number, record))
        before = ",\n"
    yield "\n]\n"


def read(lines: Iterable[str], *, on_error: OnError = raise_error) -> Iterator[Record]:
    """Any list of tasks, also Label Studio's own export; errors name the task, counted from 1. Of several annotations the first counts."""
    for number, task in _tasks(lines, on_error):
        try:
            yield _record(number, task)
        except FormatError as error:
            on_error(error)


def _task(number: int, record: Record) -> dict:
    task: dict = {
        "id": number,
        "data": {"text": record.text, "meta": record.meta},
        "annotations": [{"result": [_result(record.text, span.start, span.end, span.label) for span in record.spans]}],
    }
    if predicted := record.meta.get("predicted"):
        spans = [
            _result(record.text, span["start"], span["end"], span["label"], span.get("score")) for span in predicted
        ]
        version, score = record.meta.get("model_version") or "", record.meta.get("confidence")
        task["predictions"] = [{"model_version": version, "score": score, "result": spans}]
    return task


def _result(text: str, start: int, end: int, label: str, score: float | None = None) -> dict:
    value = {
        "start": code_points_to_utf16(text, start),
        "end": code_points_to_utf16(text, end),
        "text": text[start:end],
        "labels": [label],
    }
    result = {"from_name": _FROM, "to_name": _TO, "type": "labels", "value": value}
    return result if score is None else result | {"score": score}


def _tasks(lines: Iterable[str], on_error: OnError) -> Iterator[tuple[int, object]]:
    """Decodes task after task as the text comes in: a file of any size at the memory of one task."""
    decoder, rest, number = json.JSONDecoder(), "", 0
    opened = False
    for line in chain(lines, [None]):
        rest += line or ""
        if not opened:
            rest = rest.lstrip().removeprefix("\ufeff")
            if not rest and line is not None:
                continue
            if not rest.startswith("["):
                on_error(FormatError(1, "not_json", "must be a JSON list of tasks"))
                return
            opened, rest = True, rest[1:]
        while True:
            rest = rest.lstrip().removeprefix(",").lstrip()
            if not rest or rest.startswith("]"):
                break
            try:
                task, end = decoder.raw_decode(rest)
            except (ValueError, RecursionError) as error:
                if line is None:
                    on_error(FormatError(number + 1, "not_json", f"not JSON: {error}"))
                    return
                break  # the task goes on in the next line
            number, rest = number + 1, rest[end:]
            yield number, task


def _record(number: int, task: object) -> Record:
    data = task.get("data") if isinstance(task, dict) else None
    if not isinstance(data, dict) or not isinstance(data.get("text"), str):
        raise FormatError(number, "no_text", '"data.text" must be a text')
    annotations = task.get("annotations") or [{}]
    try:
        spans = [
            _span(data["text"], result) for result in annotations[0].get("result", []) if result["type"] == "labels"
        ]
    except (KeyError, TypeError, IndexError, AttributeError, ValueError) as error:
        raise FormatError(number, "not_a_span", f"a result cannot be read: {error!r}") from error
    meta = data.get("meta") or {}
    return checked_record(number, data["text"], spans, meta)


def _span(text: str, result: dict) -> dict:
    value = result["value"]
    start, end = utf16_to_code_points(text, value["start"]), utf16_to_code_points(text, value["end"])
    return {"start": start, "end": end, "label": value["labels"][0]}
