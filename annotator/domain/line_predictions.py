"""Lines of titles to lines of readings, for programs that work with pipes."""

import io
import json
from collections.abc import Iterator, Sequence

from django.conf import settings
from django.utils.translation import gettext as _

from annotator.domain.band_limits import Limits
from annotator.domain.tagging import span_dicts
from annotator.enums import Band
from annotator.exceptions import InvalidTitle
from annotator.validators import clean_title
from ner_core.tagger import Reading, Tagger

GROUP_LINES = 64
BLOCK_BYTES = 1 << 16
LINE_MAX_BYTES = 1 << 20
# JSON may hold these as they are, but many programs end a line at them, and terminals obey some.
LINE_ENDS = {ord(char): f"\\u{ord(char):04x}" for char in [*map(chr, range(0x7F, 0xA0)), "\u2028", "\u2029"]}


def line_groups(file: io.BufferedIOBase) -> Iterator[list[bytes]]:
    """The lines of a file or pipe, without their line feeds, at most GROUP_LINES at a time and as soon as they are there: a program
    that writes one line and waits for the answer gets it. Flat memory: of a line beyond LINE_MAX_BYTES the rest may be missing.
    """
    rest = b""
    while block := file.read1(BLOCK_BYTES):
        *lines, rest = (rest + block).split(b"\n")
        rest = rest[: LINE_MAX_BYTES + 1]
        for start in range(0, len(lines), GROUP_LINES):
            yield lines[start : start + GROUP_LINES]
    if rest:
        yield [rest]


def predict_lines(lines: Sequence[bytes], *, tagger: Tagger, limits: Limits) -> list[dict]:
    """One answer for each line, in order: text (without the line's end), spans, confidence, band.

    Offsets refer to the text as it stands. A line that is no title gets no spans, confidence 0 and `error` (code, message).
    """
    answers = [_decode(line) for line in lines]
    wanted = [answer for answer in answers if "error" not in answer]
    readings = tagger.tag([answer["text"] for answer in wanted], n_best=0)
    for answer, reading in zip(wanted, readings, strict=True):
        answer.update(_reading(reading, limits))
    return answers


def json_line(answer: dict) -> str:
    """One JSON object that every program takes for one line."""
    return json.dumps(answer, ensure_ascii=False).translate(LINE_ENDS)


def _decode(line: bytes) -> dict:
    """Only a line feed ends a line: U+2028 and its like are part of a title."""
    data = line.removesuffix(b"\n").removesuffix(b"\r")
    if len(data) > LINE_MAX_BYTES:
        message = _("A line may have at most %(limit)d bytes; only its beginning is kept.") % {"limit": LINE_MAX_BYTES}
        beginning = data[: settings.TITLE_MAX_CHARS].decode("utf-8", errors="ignore")
        return _refused(beginning, code="too_long", message=message)
    try:
        text = data.decode("utf-8")
        clean_title(text)
    except UnicodeDecodeError as error:
        message = _("Byte %(place)d is not UTF-8.") % {"place": error.start}
        return _refused(data.decode("utf-8", errors="replace"), code="invalid_utf8", message=message)
    except InvalidTitle as error:
        return _refused(text, code=error.code, message=error.message)
    return {"text": text}


def _refused(text: str, *, code: str, message: str) -> dict:
    error = {"code": code, "message": message}
    return {"text": text, "spans": [], "confidence": 0.0, "band": Band.LOW.value, "error": error}


def _reading(reading: Reading, limits: Limits) -> dict:
    """Rounded as predictions are stored, so that a title has the same band here and on the desk."""
    spans, confidence = span_dicts(reading), round(reading.confidence, 4)
    return {"spans": spans, "confidence": confidence, "band": limits.band_of(confidence, spans).value}
