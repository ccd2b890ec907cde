import pytest

from annotator.domain.artist_states import set_artist_state
from annotator.exceptions import InvalidArtist, NotAllowed
from annotator.models import Artist, Mention
from tests.factories import make_annotation, make_title, spans_of


@pytest.fixture
def artist(db):
    title = make_title("Jorn Falk in Rome")
    make_annotation(title, spans=spans_of(title.text, ("Jorn Falk", "PER")))
    return Artist.objects.get()


def test_lead_confirms_once(artist, lead):
    assert set_artist_state(artist, state="confirmed", actor=lead) is True
    assert set_artist_state(artist, state="confirmed", actor=lead) is False

    artist.refresh_from_db()
    assert artist.state == "confirmed"


def test_rejected_artist_keeps_its_evidence_and_gets_no_more(artist, lead):
    set_artist_state(artist, state="rejected", actor=lead)
    again = make_title("Jorn Falk in Porto")
    make_annotation(again, spans=spans_of(again.text, ("Jorn Falk", "PER")))

    assert Mention.objects.filter(artist=artist).count() == 1
    assert Artist.objects.count() == 1


def test_rejection_can_be_taken_back(artist, lead):
    set_artist_state(artist, state="rejected", actor=lead)

    assert set_artist_state(artist, state="proposed", actor=lead) is True


def test_unknown_state_is_refused(artist, lead):
    with pytest.raises(InvalidArtist) as caught:
        set_artist_state(artist, state="famous", actor=lead)

    assert (caught.value.code, caught.value.field) == ("unknown_state", "state")


def test_states_are_for_leads(artist, reviewer):
    with pytest.raises(NotAllowed):
        set_artist_state(artist, state="confirmed", actor=reviewer)

    artist.refresh_from_db()
    assert artist.state == "proposed"
