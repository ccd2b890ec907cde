"""import_artists and export_artists."""

import csv
import json
from io import BytesIO, StringIO

import pytest
from django.core.management import CommandError, call_command

from annotator.domain.artist_files import import_artists
from annotator.domain.artist_readers import read_artists
from annotator.models import Alias, Artist, ExternalId
from tests.races import run_at_once

pytestmark = pytest.mark.django_db

NASTY = (
    "P!nk",
    "=1+1",
    "-M-",
    "@ the Disco",
    'Say "Hi"',
    "Comma, The",
    "Pipe and Tab",
    "Zoë\u0308",
    "شيرين",
    "👍🏽 Band",
    "Fela\u00a0Kuti",
    "+/-",
    "!!!",
)


def run(command, *arguments):
    out = StringIO()
    call_command(command, *map(str, arguments), stdout=out)
    return out.getvalue()


def state():
    """The table without ids and times."""
    return sorted(
        (
            (row.name, row.key, row.note, row.kind, row.country, row.state, row.remarks),
            sorted(row.aliases.values_list("name", "key")),
            sorted(row.external_ids.values_list("scheme", "value")),
        )
        for row in Artist.objects.all()
    )


def write(path, text):
    path.write_text(text, encoding="utf8")
    return path


CSV = """Name;note;Kind;country;aliases;ids;ignored
Zoë Nord;;dj;BE;DJ Nord|Z. Nord;musicbrainz:abc|isni:7;x
Arsenal;football club;team;GB;;;
Arsenal;;group;BE;;musicbrainz:def;
"""


def test_csv_is_imported_with_aliases_and_ids(tmp_path):
    out = run("import_artists", write(tmp_path / "a.csv", CSV))
    assert out == "a.csv: 3 rows read, 3 new artists, 0 known, 0 rejected\n"
    zoe = Artist.objects.get(name="Zoë Nord")
    assert (zoe.kind, zoe.country, zoe.state, zoe.source) == ("dj", "BE", "confirmed", "imported")
    assert sorted(zoe.aliases.values_list("name", "source")) == [("DJ Nord", "imported"), ("Z. Nord", "imported")]
    assert sorted(map(str, ExternalId.objects.all())) == ["isni:7", "musicbrainz:abc", "musicbrainz:def"]
    assert sorted(Artist.objects.filter(key="arsenal").values_list("note", flat=True)) == ["", "football club"]


def test_the_same_file_again_adds_nothing_and_changes_nothing(tmp_path):
    path = write(tmp_path / "a.csv", CSV)
    run("import_artists", path)
    Artist.objects.filter(note="football club").update(kind="other", state="rejected")
    before = state()
    assert run("import_artists", path) == "a.csv: 3 rows read, 0 new artists, 3 known, 0 rejected\n"
    assert state() == before


def test_new_spellings_of_a_known_artist_are_added(tmp_path):
    run("import_artists", write(tmp_path / "a.jsonl", '{"name": "Zoë Nord"}\n'))
    more = '{"name": "ZOE NORD", "aliases": ["DJ Nord"], "ids": {"isni": ["7", "8"]}}\n{"name": "zoe nord"}\n'
    assert "0 new artists, 2 known" in run("import_artists", write(tmp_path / "b.jsonl", more))
    zoe = Artist.objects.get()
    assert (zoe.name, sorted(zoe.aliases.values_list("name", flat=True))) == (
        "Zoë Nord",
        ["DJ Nord", "ZOE NORD", "zoe nord"],
    )
    assert sorted(zoe.external_ids.values_list("value", flat=True)) == ["7", "8"]


def test_bad_rows_go_to_the_rejects_file_and_the_others_are_stored(tmp_path):
    rows = [
        '{"name": "Zoë Nord"}',
        "{",
        '{"name": " "}',
        '{"name": "A", "kind": "band"}',
        '{"name": "B", "country": "Belgium"}',
        '{"name": "C", "aliases": "x"}',
        '{"name": "D", "ids": {"": "x"}}',
        '{"name": "E\\u0007"}',
        '{"name": "F", "state": "famous"}',
        '{"name": "G", "note": "' + "x" * 201 + '"}',
        '["H"]',
        '{"name": "Karl Süd"}',
    ]
    out = run("import_artists", write(tmp_path / "a.jsonl", "\n".join(rows)))
    assert out.startswith("a.jsonl: 12 rows read, 2 new artists, 0 known, 10 rejected (see ")
    with (tmp_path / "a.jsonl.rejects.csv").open(encoding="utf-8-sig", newline="") as file:
        found = [(int(row["line"]), row["code"]) for row in csv.DictReader(file)]
    assert found == [
        (2, "invalid_json"),
        (3, "unusable_name"),
        (4, "unknown_kind"),
        (5, "invalid_country"),
        (6, "wrong_shape"),
        (7, "invalid_id"),
        (8, "control_characters"),
        (9, "unknown_state"),
        (10, "too_long"),
        (11, "wrong_shape"),
    ]
    assert sorted(Artist.objects.values_list("name", flat=True)) == ["Karl Süd", "Zoë Nord"]


def test_the_artist_table_of_musicbrainz_is_read(tmp_path):
    dates = "\\N\t" * 6
    rows = [
        f"1\tgid-1\tZoë Nord\tNord, Zoë\t{dates}1\t21\t2\tBelgian DJ\t0\t2026-01-01\tf\t\\N\t\\N",
        f"2\tgid-2\tBack\\\\slash\\tTab\tx\t{dates}2\t\\N\t\\N\t\t0\t2026-01-01\tf\t\\N\t\\N",
        "3\tgid-3\tcut off",
    ]
    path = write(tmp_path / "artist", "\n".join(rows))
    out = run("import_artists", path, "--format", "musicbrainz")
    assert "3 rows read, 2 new artists, 0 known, 1 rejected" in out
    zoe, other = Artist.objects.order_by("-name")
    assert (other.name, other.kind) == ("Back\\slash Tab", "group")
    assert (zoe.name, zoe.note, zoe.kind, str(zoe.external_ids.get())) == (
        "Zoë Nord",
        "Belgian DJ",
        "person",
        "musicbrainz:gid-1",
    )


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_what_is_exported_comes_back_the_same(tmp_path, kind):
    for number, name in enumerate(NASTY):
        rows = [
            json.dumps(
                {
                    "name": name,
                    "note": f"{number}",
                    "remarks": "=2\nlines, both",
                    "aliases": [f"{name}'s", name.upper()],
                }
            )
        ]
        import_artists(read_artists(BytesIO("\n".join(rows).encode()), "jsonl"))
    run("import_artists", write(tmp_path / "more.csv", CSV))
    before = state()
    assert f"{len(NASTY) + 3} artists in " in run("export_artists", tmp_path / f"out.{kind}")
    Artist.objects.all().delete()
    out = run("import_artists", tmp_path / f"out.{kind}")
    assert f"{len(NASTY) + 3} new artists, 0 known, 0 rejected" in out
    assert state() == before


def test_formulas_do_not_run_in_a_spreadsheet(tmp_path):
    Artist.objects.create(name="=cmd()", key="cmd")
    run("export_artists", tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text(encoding="utf8").splitlines()[1].startswith("'=cmd()")


@pytest.mark.parametrize(
    ("command", "name", "text", "told"),
    [
        ("import_artists", "a.xlsx", "", "Files of artists can be csv, jsonl or musicbrainz."),
        ("import_artists", "a.csv", "title,note\nx,y\n", "No column is named name"),
        ("export_artists", "a.txt", "", "ends neither in .csv nor in .jsonl"),
    ],
)
def test_what_cannot_be_done_is_told(tmp_path, command, name, text, told):
    with pytest.raises(CommandError, match=told):
        run(command, write(tmp_path / name, text))


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        run("import_artists", tmp_path / "gone.csv")


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_store_everything_once(tmp_path):
    path = write(
        tmp_path / "a.jsonl", "\n".join(f'{{"name": "Band {n}", "aliases": ["Group {n}"]}}' for n in range(300))
    )

    def load():
        with path.open("rb") as file:
            return import_artists(read_artists(file, "jsonl")).new

    assert sum(run_at_once(load, load)) == 300
    assert (Artist.objects.count(), Alias.objects.count()) == (300, 300)
