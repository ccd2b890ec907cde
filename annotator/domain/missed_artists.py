"""Readings that leave the name of a known artist outside."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from annotator.enums import ArtistState
from annotator.models import Alias, Artist, Prediction
from ner_core.gazetteer import artist_key
from ner_core.text import tokens

LONGEST_NAME = 4  # tokens
SHORTEST_KEY = 3  # characters: shorter names are too often plain words
_KEYS_AT_ONCE = 10_000  # below SQLite's limit on parameters


def find_missed_artists(predictions: Sequence[Prediction]) -> set[int]:
    """Ids of the predictions whose title names an artist of the table outside every span.

    Names of one token count only where somebody has confirmed the artist. Two queries for up to 10,000 different word sequences.
    """
    phrases = {prediction.pk: set(_phrases_outside(prediction)) for prediction in predictions}
    known = _known_names({key for found in phrases.values() for key, _alone in found})
    return {
        pk for pk, found in phrases.items() if any(key in known and (known[key] or not alone) for key, alone in found)
    }


def _phrases_outside(prediction: Prediction) -> Iterator[tuple[str, bool]]:
    """(key, whether it is one token) of every run of tokens that touches no span."""
    text = prediction.title.text
    places = tokens(text)
    for first, start in enumerate(places):
        for last in places[first : first + LONGEST_NAME]:
            if any(span["start"] < last.end and start.start < span["end"] for span in prediction.spans):
                break
            key = artist_key(text[start.start : last.end])
            if len(key) >= SHORTEST_KEY:
                yield key, last is start


def _known_names(keys: Iterable[str]) -> dict[str, bool]:
    """The keys that name an artist; True where one of these artists is confirmed."""
    rest, known = iter(sorted(keys)), {}
    while some := list(islice(rest, _KEYS_AT_ONCE)):
        artists = Artist.objects.filter(key__in=some).values_list("key", "state")
        aliases = Alias.objects.filter(key__in=some).values_list("key", "artist__state")
        for key, state in (*artists, *aliases):
            if state != ArtistState.REJECTED:
                known[key] = known.get(key, False) or state == ArtistState.CONFIRMED
    return known
