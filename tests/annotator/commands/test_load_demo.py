import io

import pytest
from django.core.management import call_command

from annotator import jobs
from annotator.models import Title
from annotator.supervisor.first_start import load_demo_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(settings, tmp_path, monkeypatch) -> list[int]:
    """A demo of two titles; the ids of the titles that tagging was asked for."""
    settings.STARTER_DEMO_TITLES = tmp_path / "titles.txt"
    settings.STARTER_DEMO_TITLES.write_text("Ana Torres\nBob\n")
    asked: list[int] = []
    monkeypatch.setattr(jobs, "start_tagging", lambda ids: asked.extend(ids) or True)
    return asked


def run(**options) -> str:
    out = io.StringIO()
    call_command("load_demo", stdout=out, **options)
    return out.getvalue()


def test_load_demo_stores_the_titles_and_asks_for_tagging_once(asked):
    assert run() == "2 demo titles loaded.\n"
    assert sorted(asked) == sorted(Title.objects.values_list("pk", flat=True))
    assert run() == "The demo titles are loaded already.\n"
    assert len(asked) == 2


def test_load_demo_can_be_quiet(asked):
    assert run(verbosity=0) == ""
    assert len(asked) == 2


def test_first_start_goes_on_with_a_demo_that_was_killed(asked, monkeypatch):
    def die(_ids: list[int]) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(jobs, "start_tagging", die)
        with pytest.raises(KeyboardInterrupt):
            load_demo_once()
    assert load_demo_once()
    assert len(asked) == 2
    assert not load_demo_once()
