import pytest

from annotator.domain import demo, ingest
from annotator.domain.demo import DEMO_BATCH_ID, demo_is_loaded, load_demo
from annotator.enums import Source
from annotator.models import Batch, Occurrence, Title
from tests.races import run_at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def few(settings, tmp_path, monkeypatch):
    """A demo of five lines, four titles, in chunks of two."""
    settings.STARTER_DEMO_TITLES = tmp_path / "titles.txt"
    settings.STARTER_DEMO_TITLES.write_text("a\nb\na \nc\nd\n")
    monkeypatch.setattr(ingest, "CHUNK", 2)


def counts() -> tuple[int, int, int]:
    return Batch.objects.count(), Title.objects.count(), Occurrence.objects.count()


def test_demo_is_loaded_once(few):
    chunks = []
    batch = load_demo(on_chunk=chunks.append)
    assert (batch.pk, batch.source, batch.name, batch.rows_rejected) == (DEMO_BATCH_ID, Source.DEMO, "Demo titles", 0)
    assert counts() == (1, 4, 5)
    assert sorted({title_id for chunk in chunks for title_id in chunk}) == sorted(
        Title.objects.values_list("pk", flat=True)
    )
    chunks.clear()
    assert load_demo(on_chunk=chunks.append) is None
    assert (counts(), chunks) == ((1, 4, 5), [])


def test_demo_that_was_killed_is_read_on(few):
    def die(_ids: list[int]) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load_demo(on_chunk=die)
    assert (demo_is_loaded(), counts()) == (False, (1, 2, 2))
    assert load_demo().pk == DEMO_BATCH_ID
    assert (demo_is_loaded(), counts()) == (True, (1, 4, 5))


@pytest.mark.django_db(transaction=True)
def test_two_loads_at_once_make_one_demo(few):
    answers = run_at_once(load_demo, load_demo)
    assert {answer.pk for answer in answers if answer} == {DEMO_BATCH_ID}
    assert [answer for answer in answers if isinstance(answer, BaseException)] == []
    assert counts() == (1, 4, 5)


def test_no_demo_title_is_rejected():
    assert demo.load_demo().rows_rejected == 0
    assert Title.objects.count() >= 300
