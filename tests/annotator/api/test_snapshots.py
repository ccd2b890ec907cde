import hashlib
from pathlib import Path

import pytest

from annotator.domain.datasets import create_snapshot, snapshot_path
from annotator.models import Snapshot
from tests.factories import make_annotation, make_title

SNAPSHOTS = "/api/v1/snapshots"


@pytest.fixture(autouse=True)
def _own_directory(settings, tmp_path: Path):
    settings.SNAPSHOTS_DIR = tmp_path


@pytest.fixture
def snapshot(lead):
    make_annotation(make_title("Ana Torres live in Lisbon"))
    return create_snapshot(actor=lead)


def test_snapshots_come_newest_first(leader, lead, snapshot):
    make_annotation()
    newer = create_snapshot(actor=None)

    first, second = leader.get(SNAPSHOTS).json()["results"]

    assert (first["digest"], first["rows"], first["created_by"]) == (newer.digest, 2, None)
    assert (second["id"], second["rows"], second["created_by"]) == (str(snapshot.pk), 1, "lena")
    assert second["manifest"]["labels"]["PER"] == 1
    assert second["download"] == f"http://testserver{SNAPSHOTS}/{snapshot.pk}/download"


def test_one_snapshot(leader, snapshot):
    assert leader.get(f"{SNAPSHOTS}/{snapshot.pk}").json()["digest"] == snapshot.digest


def test_a_download_is_the_file_that_its_digest_names(leader, snapshot):
    response = leader.get(f"{SNAPSHOTS}/{snapshot.pk}/download", HTTP_ACCEPT="application/x-ndjson")

    assert hashlib.sha256(response.getvalue()).hexdigest() == snapshot.digest
    assert response.headers["Content-Type"] == "application/x-ndjson"
    assert response.headers["Content-Disposition"] == f'attachment; filename="lineup-{snapshot.digest[:12]}.jsonl"'


def test_a_file_that_is_gone_is_said_to_be_gone(leader, snapshot):
    snapshot_path(snapshot.digest).unlink()

    response = leader.get(f"{SNAPSHOTS}/{snapshot.pk}/download", HTTP_ACCEPT="application/x-ndjson")

    assert (response.status_code, response.json()["error"]["code"]) == (404, "snapshot_missing")


@pytest.mark.parametrize("count", [1, 3])
def test_the_queries_do_not_grow_with_the_snapshots(leader, lead, django_assert_num_queries, count):
    for number in range(count):
        Snapshot.objects.create(digest=str(number), rows=1, created_by=lead)

    with django_assert_num_queries(2):  # token, snapshots
        assert len(leader.get(SNAPSHOTS).json()["results"]) == count
