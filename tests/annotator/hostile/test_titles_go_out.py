"""Nasty titles that were taken: pages show them and run nothing, answers and exports give them back."""

import csv
import io
import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from annotator import taggers
from annotator.domain.artist_files import import_artists
from annotator.domain.artist_readers import read_artists
from annotator.domain.ingest import title_key
from annotator.enums import ExportFormat, TitleState
from annotator.models import Alias, Annotation, ApiToken, Artist, Batch, ExternalId, QueueItem, Title, User
from ner_core.text import tokens
from tests import factories
from tests.nasty_titles import LIVE, REFUSED, SURROGATE, TAKEN, by_name

pytestmark = pytest.mark.django_db
FORMULAS = ("=", "+", "-", "@", "\t", "\r")


class Page(HTMLParser):
    """What a browser would make of a page: its words, and what in it could run."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.words, self.live, self._script = [], [], ""
        self.feed(content)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._script = given.get("type") or "javascript" if tag == "script" else ""
        self.live += [name for name in given if name.startswith("on")]
        addresses = [
            given.get(name) or "" for name in ("href", "src", "action", "formaction", "data", "hx-get", "hx-post")
        ]
        self.live += [value for value in addresses if value.strip().lower().startswith("javascript:")]
        self.live += [tag] if given.get("src") == "x" else []

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002  the parser's signature
        self._script = ""

    def handle_data(self, data: str) -> None:
        if self._script == "application/json":
            json.loads(data)
        elif self._script and LIVE in data:
            self.live.append(data)
        self.words.append(data)


@pytest.fixture
def lead_client(lead: User) -> Client:
    client = Client()
    client.force_login(lead)
    return client


@pytest.fixture
def everywhere(lead: User) -> None:
    """Each nasty title as a title, a batch, an artist with alias and remarks, and a comment; some wait, some are settled or flagged."""
    for number, case in enumerate(TAKEN):
        title = factories.make_title(case.text)
        factories.make_occurrence(
            title, factories.make_batch(name=case.text[:255], created_by=lead), raw_text=case.text
        )
        whole = [{"start": 0, "end": min(len(title.text), 200), "label": "PER"}]
        whole[0]["end"] = len(title.text[: whole[0]["end"]].rstrip())
        if number % 2:
            factories.make_queue_item(title, prediction=factories.make_prediction(title, spans=whole))
        else:
            factories.make_annotation(title, spans=whole if len(title.text) < 200 else [])
    title = Title.objects.filter(state=TitleState.WAITING).first()
    QueueItem.objects.filter(title=title).delete()
    Title.objects.filter(pk=title.pk).update(state=TitleState.FLAGGED)
    title.verdicts.create(
        action="flag",
        reviewer=lead,
        comment="".join(case.text for case in TAKEN[:12])[:900],
        spans=[],
        prediction=title.predictions.get(),
    )
    assert LIVE in title.verdicts.get().comment


ROUTES = [
    "home",
    "queue",
    "titles",
    "artists",
    "batches",
    "review",
    "flagged",
    "artist_care",
    "audit",
    "quality",
    "bulk",
    "exports",
]


@pytest.mark.parametrize("name", ROUTES)
def test_a_page_over_nasty_titles_runs_nothing(lead_client: Client, everywhere: None, name: str):
    response = lead_client.get(reverse(name), follow=True)
    assert response.status_code == 200
    assert Page(response.content.decode()).live == []


def test_a_page_of_each_title_artist_and_batch_shows_it_and_runs_nothing(lead_client: Client, everywhere: None):
    for case in TAKEN:
        title = Title.objects.get(key=title_key(case.stored))
        page = Page(lead_client.get(reverse("title", args=[title.pk])).content.decode())
        assert page.live == []
        assert case.stored[:40].split(" ")[0] in "".join(page.words)
    for name, rows in (("artist", Artist.objects.all()), ("batch", Batch.objects.all())):
        pages = [Page(lead_client.get(reverse(name, args=[row.pk])).content.decode()) for row in rows]
        assert len(pages) > 10
        assert [page.live for page in pages if page.live] == []


@pytest.mark.parametrize(
    "query", [LIVE, "<script>", '"><img src=x onerror=alert(1)>', "'; DROP TABLE", "\x00", "%", "\u202e", '"']
)
def test_a_search_for_something_nasty_finds_and_runs_nothing_else(lead_client: Client, everywhere: None, query: str):
    for name in ("titles", "artists"):
        response = lead_client.get(reverse(name), {"text": query})
        assert (response.status_code, Page(response.content.decode()).live) == (200, [])


# exports, and back in


@pytest.fixture
def settled(db: None) -> dict[str, list[dict]]:
    """text -> spans of every nasty title, settled with its first two words marked."""
    for case in TAKEN:
        words = [token for token in tokens(case.stored) if not case.stored[slice(*token)].isspace()][:2]
        spans = [{"start": start, "end": end, "label": "PER"} for start, end in words]
        factories.make_annotation(factories.make_title(case.text), spans=spans)
    return dict(Annotation.objects.values_list("title__text", "spans"))


@pytest.mark.parametrize("fmt", ExportFormat.values)
def test_an_export_of_nasty_titles_is_imported_as_it_was(settled: dict, settings, tmp_path: Path, capsys, fmt: str):
    settings.SNAPSHOTS_DIR = settings.EXPORTS_DIR = tmp_path
    path = tmp_path / "out"
    call_command("export_dataset", "--format", fmt, "--output", str(path))
    Title.objects.all().delete()
    Artist.objects.all().delete()
    call_command("import_gold", path, format=fmt)
    assert f"{len(TAKEN)} settled, 0 as they were, 0 conflicts, 0 rejected" in capsys.readouterr().out
    assert dict(Annotation.objects.values_list("title__text", "spans")) == settled


def test_no_cell_of_an_export_is_one_that_a_spreadsheet_runs(settled: dict, settings, tmp_path: Path, capsys):
    settings.SNAPSHOTS_DIR = settings.EXPORTS_DIR = tmp_path
    call_command("export_dataset", "--format", "csv", "--output", str(tmp_path / "out"))
    with (tmp_path / "out").open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert len(cells) == 3 * (len(TAKEN) + 1)
    assert [cell for cell in cells if cell.startswith(FORMULAS)] == []


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_artists_with_nasty_names_come_back_as_they_went_out(tmp_path: Path, capsys, kind: str):
    texts = [case.text for case in TAKEN if len(case.text) < 200]
    rows = [
        {"name": text, "note": text[:150], "remarks": f"{text}\n{text}", "aliases": [f"{text}|", f"\\{text}\\"],
         "ids": {"site": [text[:190], "a|b:c"]}}
        for text in texts
    ]  # fmt: skip
    found = list(read_artists(io.BytesIO("\n".join(map(json.dumps, rows)).encode()), "jsonl"))
    assert import_artists(found).rejected == 0
    before = _artists()
    assert len(before) >= len(texts) - 1
    call_command("export_artists", str(tmp_path / f"out.{kind}"))
    Artist.objects.all().delete()
    call_command("import_artists", str(tmp_path / f"out.{kind}"))
    assert " 0 known, 0 rejected" in capsys.readouterr().out
    assert _artists() == before


def _artists() -> list:
    kept = [
        (row.name, row.note, row.remarks, sorted(row.aliases.values_list("name", flat=True)),
         sorted(row.external_ids.values_list("scheme", "value")))
        for row in Artist.objects.all()
    ]  # fmt: skip
    assert Alias.objects.count() > 0 < ExternalId.objects.count()
    return sorted(kept)


# answers


@pytest.fixture
def ask(fake_tagger, model_version, monkeypatch: pytest.MonkeyPatch):
    """POSTs JSON with a token of a client service."""
    monkeypatch.setattr(taggers, "active_tagger", lambda: (fake_tagger, model_version))
    monkeypatch.setattr(taggers, "shared_tagger", lambda: fake_tagger)
    _token, secret = ApiToken.objects.create(factories.make_user("shop", role="client"), expiry=None, name="test")
    headers = {"Authorization": f"Token {secret}"}

    def post(path: str, body: object):
        return Client().post(path, json.dumps(body), content_type="application/json", headers=headers)

    return post


def test_answers_give_every_nasty_title_back_as_it_was_sent(ask):
    texts = [case.text for case in TAKEN]
    many = ask("/api/v1/predict", {"titles": texts})
    assert [found["text"] for found in many.json()["predictions"]] == texts
    assert [ask("/api/v1/predict", {"title": text}).json()["text"] for text in texts] == texts
    assert many.headers["Content-Type"].startswith("application/json")
    assert many.headers["X-Content-Type-Options"] == "nosniff"
    assert len(ask("/extract_from_batch", texts).json()) == len(texts)


def test_a_batch_of_nasty_titles_is_stored_as_it_was_sent(ask):
    response = ask("/api/v1/batches", {"titles": [case.text for case in TAKEN], "name": "=1+1<script>"})
    assert response.status_code == 202
    rows = Batch.objects.get().occurrences.order_by("row").values_list("raw_text", "title__text")
    assert list(rows) == [(case.text, case.stored) for case in TAKEN]


@pytest.mark.parametrize("case", [*REFUSED, SURROGATE], ids=by_name)
def test_one_bad_title_among_good_ones_is_named_by_its_place(ask, case):
    for path in ("/api/v1/predict", "/api/v1/batches"):
        error = ask(path, {"titles": ["Ana", case.text, "Bo"]}).json()["error"]
        assert (error["field"], [(item["index"], item["code"]) for item in error["items"]]) == (
            "titles",
            [(1, case.code)],
        )
    assert Title.objects.count() == 0


def test_lines_of_predict_answer_each_title_and_name_what_is_wrong(ask, tmp_path: Path):
    cases = [*TAKEN, *REFUSED]
    (tmp_path / "in.txt").write_bytes(
        "\n".join(case.text for case in cases).encode() + b"\ncaf\xe9\n" + b"y" * (3 << 20)
    )
    out = io.StringIO()
    call_command("predict", str(tmp_path / "in.txt"), stdout=out)
    assert not any("\x7f" <= char <= "\x9f" for char in out.getvalue())
    answers = [json.loads(line) for line in out.getvalue().splitlines()]
    codes = [answer.get("error", {}).get("code", "") for answer in answers]
    assert codes == [*(case.code for case in cases), "invalid_utf8", "too_long"]
    assert [answer["text"] for answer in answers[: len(cases)]] == [case.text for case in cases]
