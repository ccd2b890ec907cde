"""`manage.py tag_waiting`."""

import io

import pytest
from django.core.management import CommandError, call_command

from annotator import taggers
from annotator.enums import TitleState
from annotator.exceptions import ModelUnavailable
from annotator.models import ModelVersion, Prediction, Title
from ner_core.engines.fake import FakeTagger
from tests.factories import make_annotation, make_title

pytestmark = pytest.mark.django_db


@pytest.fixture
def tagger(settings, model_version: ModelVersion, monkeypatch: pytest.MonkeyPatch) -> FakeTagger:
    settings.TAG_CHUNK = 2
    fake = FakeTagger(version=model_version.name)
    monkeypatch.setattr(taggers, "active_tagger", lambda: (fake, model_version))
    return fake


def run() -> str:
    out = io.StringIO()
    call_command("tag_waiting", stdout=out)
    return out.getvalue()


def test_tag_waiting_tags_what_is_new_and_nothing_else(tagger: FakeTagger):
    settled = make_annotation().title
    titles = [make_title(f"Title {n}") for n in range(5)]
    assert run() == "5 titles tagged.\n"
    assert [len(texts) for texts in tagger.calls] == [2, 2, 1]
    assert set(Prediction.objects.values_list("title", flat=True)) == {title.pk for title in titles}
    assert not Prediction.objects.filter(title=settled).exists()
    assert not Title.objects.filter(state=TitleState.NEW).exists()
    assert run() == "0 titles tagged.\n"


def test_tag_waiting_goes_on_after_a_kill(tagger: FakeTagger, monkeypatch: pytest.MonkeyPatch):
    for n in range(5):
        make_title(f"Title {n}")
    tag = tagger.tag

    def die_at_the_second(texts: list[str], **options: int) -> list:
        if tagger.calls:
            raise KeyboardInterrupt
        return tag(texts, **options)

    with monkeypatch.context() as patch:
        patch.setattr(tagger, "tag", die_at_the_second)
        with pytest.raises(CommandError, match="goes on where it was"):
            run()
    assert Prediction.objects.count() == 2
    assert run() == "3 titles tagged.\n"
    assert Prediction.objects.count() == 5


def test_tag_waiting_without_a_model_says_what_to_do(monkeypatch: pytest.MonkeyPatch):
    def no_model() -> None:
        raise ModelUnavailable("No model version is active: run manage.py prepare")

    monkeypatch.setattr(taggers, "active_tagger", no_model)
    make_title("One")
    with pytest.raises(CommandError, match=r"manage\.py prepare"):
        run()
    assert Title.objects.get().state == TitleState.NEW
