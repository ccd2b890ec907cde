from datetime import timedelta

from django.utils import timezone

from annotator.domain.queries.artist_growth import growth
from annotator.models import Annotation, Artist
from tests.factories import make_annotation, make_artist, make_title, spans_of


def test_growth_counts_back_from_now_by_week(db):
    now = timezone.now()
    for name, weeks in (("Nova Star", 0), ("Kid Orbit", 2), ("Silent Sea", 100)):
        artist = make_artist(name)
        Artist.objects.filter(pk=artist.pk).update(created_at=now - timedelta(weeks=weeks))
    title = make_title("Nova Star & Kid Orbit")
    annotation = make_annotation(title, spans=spans_of(title.text, ("Nova Star", "PER"), ("Kid Orbit", "PER")))
    Annotation.objects.filter(pk=annotation.pk).update(updated_at=now - timedelta(weeks=1))
    weeks = growth(4)
    assert [(week.artists, week.new, week.mentions) for week in weeks] == [(1, 0, 0), (2, 1, 0), (2, 0, 2), (3, 1, 0)]
    assert {week.day.weekday() for week in weeks} == {0}


def test_growth_of_an_empty_table_in_three_queries(db, django_assert_num_queries):
    with django_assert_num_queries(3):
        assert [week.artists for week in growth(2)] == [0, 0]
