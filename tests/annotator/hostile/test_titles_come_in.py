"""Nasty titles through every door that stores: the good ones are there as they came, the bad ones are told with line and code."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from annotator import jobs, taggers
from annotator.domain.imports import rejects_path
from annotator.models import Annotation, Batch, Job, Occurrence, Title, User
from tests.nasty_titles import (
    BROKEN_BYTES,
    BROKEN_JSON,
    FIRST_LINE,
    REFUSED,
    SURROGATE,
    TAKEN,
    TOO_LONG_LINE,
    WRITERS,
)

pytestmark = pytest.mark.django_db
KINDS = pytest.mark.parametrize("kind", sorted(WRITERS))
FORMULAS = ("=", "+", "-", "@", "\t", "\r")


@pytest.fixture(autouse=True)
def no_model(fake_tagger, model_version, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taggers, "active_tagger", lambda: (fake_tagger, model_version))
    monkeypatch.setattr(jobs, "start_tagging", lambda _ids: True)


@pytest.fixture
def lead_client(lead: User) -> Client:
    client = Client()
    client.force_login(lead)
    return client


Door = Callable[[bytes, str], Path]


@pytest.fixture
def by_page(lead_client: Client, django_capture_on_commit_callbacks) -> Door:
    """Uploads a file; answers where its rejected rows are."""

    def send(content: bytes, kind: str) -> Path:
        with django_capture_on_commit_callbacks(execute=True):
            response = lead_client.post(reverse("upload"), {"file": SimpleUploadedFile(f"nasty.{kind}", content)})
        assert response.status_code == 302
        return rejects_path(Job.objects.get())

    return send


@pytest.fixture
def by_command(tmp_path: Path, capfd: pytest.CaptureFixture) -> Door:
    def send(content: bytes, kind: str) -> Path:
        path = tmp_path / f"nasty.{kind}"
        path.write_bytes(content)
        call_command("import_titles", str(path))
        return path.with_name(f"{path.name}.rejects.csv")

    return send


@pytest.fixture(params=["by_page", "by_command"])
def door(request: pytest.FixtureRequest) -> Door:
    return request.getfixturevalue(request.param)


def told(rejects: Path) -> list[tuple[int, str]]:
    """(line, code); no cell of the file may be one that a spreadsheet runs."""
    csv.field_size_limit(1 << 22)
    with rejects.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [cell for row in rows for cell in row.values() if cell.startswith(FORMULAS)] == []
    return [(int(row["line"]), row["code"]) for row in rows]


def arrived() -> list[tuple[str, str]]:
    """(as it came, as it is stored), in order."""
    return list(Occurrence.objects.order_by("row").values_list("raw_text", "title__text"))


@KINDS
def test_a_file_of_nasty_titles_stores_the_good_ones_and_names_the_bad(door: Door, kind: str):
    bad = [*REFUSED, SURROGATE] if kind == "jsonl" else REFUSED
    cases = [case for pair in zip(TAKEN, bad, strict=False) for case in pair] + TAKEN[len(bad) :]
    rejects = door(WRITERS[kind]([case.text for case in cases]), kind)
    assert arrived() == [(case.text, case.stored) for case in cases if not case.code]
    assert told(rejects) == [(FIRST_LINE[kind] + at, case.code) for at, case in enumerate(cases) if case.code]


@KINDS
def test_lines_that_are_no_text_cost_themselves_only(door: Door, kind: str):
    head, quote = (b"title\n", b"") if kind == "csv" else (b"", b'"' if kind == "jsonl" else b"")
    bad = [(raw, "invalid_utf8") for raw in BROKEN_BYTES.values()] + [(TOO_LONG_LINE, "line_too_long")]
    bad += [(raw, "invalid_json") for raw in BROKEN_JSON.values()] if kind == "jsonl" else []
    good = [f"Good {number}" for number in range(len(bad))]
    lines = [
        line for text, (raw, _code) in zip(good, bad, strict=True) for line in (quote + text.encode() + quote, raw)
    ]
    rejects = door(head + b"\n".join(lines) + b"\n", kind)
    assert [raw for raw, _text in arrived()] == good
    first = FIRST_LINE[kind] + 1
    assert told(rejects) == [(first + 2 * at, code) for at, (_raw, code) in enumerate(bad)]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_other_encodings_of_unicode_are_read_as_what_they_say(by_command: Door, encoding: str):
    texts = [case.text for case in TAKEN]
    by_command("\n".join(texts).encode(encoding), "txt")
    assert [raw for raw, _text in arrived()] == texts


def test_nasty_titles_can_be_pasted(lead_client: Client, django_capture_on_commit_callbacks):
    cases = [case for case in [*TAKEN, *REFUSED] if case.name != "NUL"]
    with django_capture_on_commit_callbacks(execute=True):
        lead_client.post(reverse("paste"), {"titles": "\r\n".join(case.text for case in cases)})
    assert arrived() == [(case.text, case.stored) for case in cases if not case.code]
    codes = [code for _line, code in told(rejects_path(Job.objects.get()))]
    assert codes == [case.code for case in cases if case.code]


@pytest.mark.parametrize("charset", ["unicode_escape", "rot13", "utf-16", "idna"])
def test_a_form_in_another_charset_than_that_of_the_page_is_refused(lead_client: Client, charset: str):
    """Some of Python's charsets make half pairs, which no database takes, and some decode nothing."""
    body = b'--B\r\nContent-Disposition: form-data; name="titles"\r\n\r\nAna\nBob \\ud83d\r\n--B--\r\n'
    kind = f"multipart/form-data; boundary=B; charset={charset}"
    assert lead_client.generic("POST", reverse("paste"), body, content_type=kind).status_code == 400
    assert (
        lead_client.generic("POST", reverse("paste"), body, content_type=kind.replace(charset, "UTF8")).status_code
        == 302
    )


def test_a_header_of_controls_and_a_hundred_thousand_columns_is_told_briefly(lead_client: Client, by_page: Door):
    columns = b",".join(b"c%d" % number for number in range(100_000))
    by_page(b"a\x00b\x1b[31m," + columns + b"\nx,y\n", "csv")
    error = Job.objects.get().error
    assert "a\\x00b\\x1b[31m, c0, c1" in error
    assert len(error) < 400
    assert lead_client.get(reverse("batches")).status_code == 200


def test_a_file_with_a_name_that_is_no_text_is_imported(tmp_path: Path, capfd: pytest.CaptureFixture):
    path = tmp_path / "caf\udce9\x1b[31m.txt"
    path.write_text("Ana\n\x07\n")
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    call_command("import_titles", str(path), stdout=out)
    assert (Batch.objects.get().name, Title.objects.get().text) == ("caf\\xe9\\x1b[31m.txt", "Ana")


def test_annotated_titles_are_taken_and_refused_by_line(tmp_path: Path, capfd: pytest.CaptureFixture):
    cases = [*TAKEN, *REFUSED, SURROGATE]
    lines = ["[" * 100_000, "{}", '"Ana"'] + [json.dumps({"text": case.text, "spans": []}) for case in cases]
    path = tmp_path / "gold.jsonl"
    path.write_text("\n".join(lines))
    call_command("import_gold", path)
    assert set(Annotation.objects.values_list("title__text", flat=True)) == {case.stored for case in TAKEN}
    bad = ["not_json", "no_text", "not_an_object", *(case.code for case in cases)]
    expected = [(number, code) for number, code in enumerate(bad, start=1) if code]
    assert sorted(told(path.with_name("gold.jsonl.rejects.csv"))) == expected
    assert Batch.objects.get().closed_at is not None


def test_annotated_titles_that_are_no_utf8_leave_nothing_behind(tmp_path: Path):
    path = tmp_path / "gold.jsonl"
    path.write_bytes(b'{"text": "Ana"}\n' * 600 + b'{"text": "\xff"}\n')
    with pytest.raises(Exception, match="not UTF-8"):
        call_command("import_gold", path)
    assert (Batch.objects.count(), Title.objects.count()) == (0, 0)
