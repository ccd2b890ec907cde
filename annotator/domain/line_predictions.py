"""Lines of titles to lines of readings, for programs that work with pipes."""

from collections.abc import Iterable, Iterator
from itertools import islice

from annotator.domain.routing import band_of
from annotator.enums import Band
from annotator.exceptions import InvalidTitle
from annotator.validators import clean_title
from ner_core.spans import span_to_dict
from ner_core.tagger import Reading, Tagger

BATCH_LINES = 64


def predict_lines(lines: Iterable[bytes], *, tagger: Tagger) -> Iterator[dict]:
    """One answer for each line, in order: text (without the line's end), spans, confidence, band.

    Offsets refer to the text as it stands. A line that is no title gets no spans, confidence 0 and `error` (code, message); the others
    go on. Works in small batches, so a long stream needs little memory.
    """
    rest = iter(lines)
    while batch := list(islice(rest, BATCH_LINES)):
        answers = [_decode(line) for line in batch]
        wanted = [answer for answer in answers if "error" not in answer]
        readings = tagger.tag([answer["text"] for answer in wanted], n_best=0)
        for answer, reading in zip(wanted, readings, strict=True):
            answer.update(_reading(reading))
        yield from answers


def _decode(line: bytes) -> dict:
    """Only a line feed ends a line: U+2028 and its like are part of a title."""
    data = line.removesuffix(b"\n").removesuffix(b"\r")
    try:
        text = data.decode("utf-8")
        clean_title(text)
    except UnicodeDecodeError as error:
        message = f"Byte {error.start} is not UTF-8."
        return _refused(data.decode("utf-8", errors="replace"), code="invalid_utf8", message=message)
    except InvalidTitle as error:
        return _refused(text, code=error.code, message=error.message)
    return {"text": text}


def _refused(text: str, *, code: str, message: str) -> dict:
    error = {"code": code, "message": message}
    return {"text": text, "spans": [], "confidence": 0.0, "band": Band.LOW.value, "error": error}


def _reading(reading: Reading) -> dict:
    spans = [span_to_dict(span) for span in reading.spans]
    return {"spans": spans, "confidence": reading.confidence, "band": band_of(reading.confidence, spans).value}
