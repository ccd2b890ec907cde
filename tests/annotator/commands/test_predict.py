"""`manage.py predict`: other programs read its lines."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from annotator import taggers
from annotator.domain.line_predictions import predict_lines
from annotator.models import ModelVersion
from ner_core.engines.fake import FakeTagger
from ner_core.spans import Span
from ner_core.tagger import Reading
from tests.checkpoints import build_tiny_checkpoint


def read(*lines: bytes) -> list[dict]:
    return list(predict_lines(lines, tagger=FakeTagger()))


def test_predict_lines_answers_in_order_with_the_agreed_keys():
    tagger = FakeTagger(script={"Kassandra Vey": Reading((Span(0, 13, "PER", 0.97),), 0.95)})
    assert next(predict_lines([b"Kassandra Vey\n", b"x"], tagger=tagger)) == {
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


def test_predict_lines_streams():
    taken = 0

    def lines():
        nonlocal taken
        for n in range(100_000):
            taken += 1
            yield f"Title {n}\n".encode()

    next(predict_lines(lines(), tagger=FakeTagger()))
    assert taken <= 64


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
