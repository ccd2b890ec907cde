"""Which artists performers will be linked to: as link_mentions does it, before it does it."""

import pytest

from annotator.domain.queries.foreseen_links import LinkState, foresee_links
from annotator.enums import ArtistKind, ArtistState
from annotator.models import Mention
from tests.factories import make_annotation, make_artist, make_title, spans_of


def foresee(text, *names):
    links = foresee_links([(text, spans_of(text, *((name, "PER") for name in names)))])[0]
    return [
        (link.state, link.artist and str(link.artist), [str(one.artist) for one in link.candidates]) for link in links
    ]


def test_a_known_a_new_and_a_near_name(db):
    make_artist("Nova Star")
    make_artist("Metallica")
    assert foresee("Nova Star, Kid Orbit, Metalica", "Nova Star", "Kid Orbit", "Metalica") == [
        (LinkState.KNOWN, "Nova Star", ["Nova Star"]),
        (LinkState.NEW, None, []),
        (LinkState.DOUBTFUL, None, ["Metallica"]),
    ]


def test_homonyms_are_doubtful_until_the_title_speaks_for_one(db):
    make_artist("Arsenal", note="band", kind=ArtistKind.GROUP)
    make_artist("Arsenal", note="club", kind=ArtistKind.TEAM)
    both = ["Arsenal (band)", "Arsenal (club)"]
    assert foresee("Arsenal vs Ajax", "Arsenal", "Ajax")[0] == (LinkState.KNOWN, "Arsenal (club)", both)
    make_artist("Europe", note="band")
    make_artist("Europe", note="choir")
    assert foresee("Europe", "Europe")[0][:2] == (LinkState.DOUBTFUL, "Europe (band)")


def test_other_labels_and_rejected_artists_are_left_out(db):
    make_artist("Oslo", state=ArtistState.REJECTED)
    text = "Oslo in Oslo"
    spans = [{"start": 0, "end": 4, "label": "PER"}, {"start": 8, "end": 12, "label": "LOC"}]
    assert [(link.start, link.state) for link in foresee_links([(text, spans)])[0]] == [(0, LinkState.NEW)]


@pytest.mark.parametrize("text", ["Arsenal vs Ajax", "Arsenal live", "Stella in Rome", "Nova  Star", "Europe & Asia"])
def test_what_is_foreseen_is_what_comes_to_pass(db, text):
    make_artist("Arsenal", note="band", kind=ArtistKind.GROUP)
    make_artist("Arsenal", note="club", kind=ArtistKind.TEAM)
    make_artist("Nova Star", "Stella")
    make_artist("Stella", note="singer")
    make_artist("Europe", state=ArtistState.CONFIRMED, note="b")
    make_artist("Europe", note="a")
    title = make_title(text)
    names = [name for name in ("Arsenal", "Ajax", "Stella", "Nova Star", "Europe", "Asia") if name in title.text]
    spans = spans_of(title.text, *((name, "PER") for name in names))
    foreseen = [link.artist and link.artist.pk for link in foresee_links([(title.text, spans)])[0]]
    annotation = make_annotation(title, spans=spans)
    linked = list(Mention.objects.filter(annotation=annotation).order_by("start").values_list("artist", flat=True))
    assert [known for known in foreseen if known] == [pk for pk, known in zip(linked, foreseen, strict=True) if known]


@pytest.mark.parametrize("count", [1, 4])
def test_known_names_take_the_same_few_queries_however_many_they_are(db, django_assert_num_queries, count):
    for number in range(4):
        make_artist(f"Nova Star {number}")
    text = " & ".join(f"Nova Star {number}" for number in range(count))
    spans = spans_of(text, *((f"Nova Star {number}", "PER") for number in range(count)))
    with django_assert_num_queries(2):
        foresee_links([(text, spans)])
