"""`manage.py predict`: other programs read its lines."""

import io
import json
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from annotator import taggers
from annotator.domain.band_limits import limits_of_settings
from annotator.domain.line_predictions import json_line, line_groups, predict_lines
from annotator.models import ModelVersion
from annotator.settings.env import BASE_DIR
from ner_core.engines.fake import FakeTagger
from ner_core.spans import Span
from ner_core.tagger import Reading
from tests.checkpoints import build_tiny_checkpoint


def read(*lines: bytes) -> list[dict]:
    return predict_lines(lines, tagger=FakeTagger(), limits=limits_of_settings())


def test_predict_lines_answers_in_order_with_the_agreed_keys():
    tagger = FakeTagger(script={"Kassandra Vey": Reading((Span(0, 13, "PER", 0.97),), 0.95)})
    assert predict_lines([b"Kassandra Vey\n", b"x"], tagger=tagger, limits=limits_of_settings())[0] == {
        "text": "Kassandra Vey",
        "spans": [{"start": 0, "end": 13, "label": "PER", "score": 0.97}],
        "confidence": 0.95,
        "band": "high",
    }


def test_predict_lines_echoes_the_text_as_it_stands():
    texts = ["  Marée\u00a0Haute ", "Line\u2028separator", "e\u0301te\u0301"]
    assert [answer["text"] for answer in read(*[f"{text}\r\n".encode() for text in texts])] == texts


@pytest.mark.parametrize(
    ("line", "code"),
    [(b"\n", "empty"), (b"\xff\xfe\n", "invalid_utf8"), (b"a\x00b\n", "control_characters"), (b"x" * 3000, "too_long")],
)
def test_predict_lines_goes_on_after_a_bad_line(line: bytes, code: str):
    before, bad, after = read(b"One\n", line, b"Two\n")
    assert (bad["spans"], bad["confidence"], bad["band"], bad["error"]["code"]) == ([], 0.0, "low", code)
    assert [before["text"], after["text"]] == ["One", "Two"]
    assert "error" not in before


def test_predict_lines_rounds_as_the_desk_stores():
    tagger = FakeTagger(script={"Kassandra Vey": Reading((Span(0, 13, "PER", 0.123456),), 0.899961)})
    answer = predict_lines([b"Kassandra Vey"], tagger=tagger, limits=limits_of_settings())[0]
    assert (answer["spans"][0]["score"], answer["confidence"], answer["band"]) == (0.1235, 0.9, "high")


class Pipe(io.BytesIO):
    """Gives what was written at one time, never more."""

    def __init__(self, *writes: bytes) -> None:
        super().__init__()
        self.writes = list(writes)

    def read1(self, _size: int = -1) -> bytes:
        return self.writes.pop(0) if self.writes else b""


def test_line_groups_gives_lines_as_soon_as_they_are_there():
    pipe = Pipe(b"One\nTw", b"o\n\n", b"Three")
    groups = line_groups(pipe)
    assert next(groups) == [b"One"]
    assert len(pipe.writes) == 2
    assert list(groups) == [[b"Two", b""], [b"Three"]]


def test_line_groups_are_small_and_end_only_at_line_feeds():
    text = "".join(f"Title {n}\u2028\u0085\r\x0b live\n" for n in range(200))
    groups = list(line_groups(io.BytesIO(text.encode())))
    assert [line for group in groups for line in group] == text.encode().split(b"\n")[:-1]
    assert max(map(len, groups)) == 64


def test_a_line_without_end_needs_flat_memory_and_is_refused():
    endless = Pipe(b"One\n", *[b"\xc3\xa9" * 32_000] * 100, b"\nTwo\n")
    tracemalloc.start()
    answers = [answer for lines in line_groups(endless) for answer in read(*lines)]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [answer.get("error", {}).get("code") for answer in answers] == [None, "too_long", None]
    assert set(answers[1]["text"]) == {"é"}
    assert peak < 5_000_000


def test_json_line_is_one_line_for_every_program():
    answer = {"text": "a\u2028b\u2029c\x85d\ne\x1cf – Nîmes"}
    line = json_line(answer)
    assert line.splitlines() == [line]
    assert json.loads(line) == answer
    assert "Nîmes" in line


@pytest.fixture
def fake_active(model_version: ModelVersion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taggers, "active_tagger", lambda: (FakeTagger(), model_version))


def test_predict_command_reads_a_file(fake_active: None, tmp_path: Path):
    (tmp_path / "titles.txt").write_bytes("Marée Haute\nKassandra Vey".encode())
    out = io.StringIO()
    call_command("predict", str(tmp_path / "titles.txt"), stdout=out)
    assert [json.loads(line)["text"] for line in out.getvalue().splitlines()] == ["Marée Haute", "Kassandra Vey"]


def test_predict_command_uses_the_built_in_model_where_there_is_no_desk(db: None, settings, tmp_path: Path):
    settings.STARTER_DIR = build_tiny_checkpoint(tmp_path / "tiny")
    (tmp_path / "titles.txt").write_text("One\n")
    out = io.StringIO()
    call_command("predict", str(tmp_path / "titles.txt"), stdout=out)
    assert json.loads(out.getvalue())["text"] == "One"


def test_predict_command_of_a_missing_file_is_an_error(fake_active: None, tmp_path: Path):
    with pytest.raises(CommandError, match="nowhere"):
        call_command("predict", str(tmp_path / "nowhere.txt"))


@pytest.mark.faults
def test_predict_command_answers_line_by_line_and_ends_quietly_when_nobody_reads(tmp_path: Path):
    """Before any migration: the built-in model answers."""
    checkpoint = build_tiny_checkpoint(tmp_path / "tiny")
    environment = os.environ | {"VAR_DIR": str(tmp_path / "var"), "STARTER_DIR": str(checkpoint)}
    environment |= {"DJANGO_SETTINGS_MODULE": "annotator.settings.dev", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "manage.py", "predict"]
    with subprocess.Popen(
        command, cwd=BASE_DIR, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        for title in ("Marée Haute", "Kassandra Vey"):
            process.stdin.write(f"{title}\n".encode())
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["text"] == title
        process.stdout.close()
        process.stdin.write(b"Nobody reads this\n" * 500)
        process.stdin.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) == 0
