"""One name, several things: which of them a title means."""

import pytest

from annotator.domain.link_context import Surroundings
from annotator.enums import ArtistKind, LinkHow
from annotator.models import Mention
from tests.factories import make_annotation, make_artist, make_title, spans_of


def settle(text, *names):
    title = make_title(text)
    return make_annotation(title, spans=spans_of(title.text, *((name, "PER") for name in names)))


def link_of(annotation, name):
    mention = Mention.objects.select_related("artist").get(annotation=annotation, name=name)
    return mention.artist.note, mention.how


@pytest.fixture
def arsenal(db):
    make_artist("Arsenal", note="band", kind=ArtistKind.GROUP)
    make_artist("Arsenal", note="football club", kind=ArtistKind.TEAM)


@pytest.mark.parametrize(
    ("text", "names", "note"),
    [
        ("Arsenal vs Chelsea", ("Arsenal", "Chelsea"), "football club"),
        ("Chelsea v. Arsenal", ("Chelsea", "Arsenal"), "football club"),
        ("Arsenal contre Chelsea", ("Arsenal", "Chelsea"), "football club"),
        ("Arsenal + Zita Swoon", ("Arsenal", "Zita Swoon"), "band"),
        ("Arsenal live with strings", ("Arsenal",), "band"),
        ("Arsenal football day", ("Arsenal",), "football club"),
    ],
)
def test_what_stands_around_a_name_tells_homonyms_apart(arsenal, text, names, note):
    assert link_of(settle(text, *names), "Arsenal") == (note, LinkHow.CONTEXT)


def test_the_company_of_earlier_titles_speaks_for_an_artist(db):
    make_artist("Train", note="DJ", kind=ArtistKind.DJ)
    band = make_artist("Train", note="pop band", kind=ArtistKind.GROUP)
    earlier = settle("Goo Goo Dolls & Train", "Goo Goo Dolls", "Train")
    Mention.objects.filter(annotation=earlier, name="Train").update(artist=band)
    assert link_of(settle("Train, Goo Goo Dolls", "Train", "Goo Goo Dolls"), "Train") == ("pop band", LinkHow.CONTEXT)


def test_without_a_sign_the_usual_artist_is_taken_and_nobody_claims_more(db):
    make_artist("Live", note="band", kind=ArtistKind.GROUP)
    make_artist("Live", note="duo", kind=ArtistKind.GROUP)
    assert link_of(settle("Live in Lille", "Live"), "Live") == ("band", LinkHow.KEY)


@pytest.mark.parametrize(
    ("text", "names", "is_match"),
    [
        ("Ajax - Feyenoord", ("Ajax", "Feyenoord"), False),
        ("Ajax vs Feyenoord", ("Ajax", "Feyenoord"), True),
        ("Ajax VERSUS Feyenoord", ("Ajax", "Feyenoord"), True),
        ("Ajax tegen Feyenoord", ("Ajax", "Feyenoord"), True),
        ("Ajax, vs. the world", ("Ajax",), False),
    ],
)
def test_a_match_is_two_performers_against_each_other(text, names, is_match):
    assert Surroundings(text, spans_of(text, *((name, "PER") for name in names))).is_match is is_match
