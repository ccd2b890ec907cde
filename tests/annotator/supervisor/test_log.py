import io
import os
import re

import pytest

from annotator.supervisor.log import Console


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_write_gives_every_line_time_and_name():
    stream = io.StringIO()
    Console(stream).write("web", "one\n\ntwo\n")
    assert re.sub(r"\d\d:\d\d:\d\d", "TIME", stream.getvalue()) == "TIME web    | one\nTIME web    | two\n"


def test_write_colours_names_on_a_terminal_only(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    stream = Terminal()
    Console(stream).write("worker", "text")
    assert re.fullmatch(r"\x1b\[36m\d\d:\d\d:\d\d worker\x1b\[0m \| text\n", stream.getvalue())


def test_write_honours_no_color(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    stream = Terminal()
    Console(stream).write("worker", "text")
    assert "\x1b" not in stream.getvalue()


def test_write_survives_a_reader_that_left():
    reading, writing = os.pipe()
    os.close(reading)
    stream = os.fdopen(writing, "w")
    Console(stream).write("web", "x" * 100_000)
    Console(stream).write("web", "goes on")
    with pytest.raises(BrokenPipeError):
        stream.close()


def test_follow_passes_on_bytes_that_are_no_text_until_the_end():
    reading, writing = os.pipe()
    stream = io.StringIO()
    thread = Console(stream).follow("web", os.fdopen(reading, "rb"))
    os.write(writing, b"caf\xc3\xa9 \xff\nlast line without its end")
    os.close(writing)
    thread.join(timeout=5)
    assert [line.split(" | ")[1] for line in stream.getvalue().splitlines()] == [
        "café \N{REPLACEMENT CHARACTER}",
        "last line without its end",
    ]
