"""Names of the artist table in titles: what a reading left out, and what they make of its confidence."""

from collections.abc import Iterable, Sequence
from itertools import islice

from django.db.models import QuerySet

from annotator.enums import ArtistState
from annotator.models import Alias, Artist, Prediction, Prepared
from ner_core.gazetteer import artist_key
from ner_core.known_names import SHORTEST_KEY, KnownName, longest, phrases

_KEYS_AT_ONCE = 10_000


def _artists_named(keys: Sequence[str]) -> QuerySet:
    artists = Artist.objects.filter(key__any_of=keys).values_list("key", "state")
    return artists.union(Alias.objects.filter(key__any_of=keys).values_list("key", "artist__state"), all=True)


_named = Prepared(_artists_named)


def find_known_names(texts: Sequence[str]) -> list[list[KnownName]]:
    """For each text the names of confirmed artists in it, longest first where they overlap, in order of the text.

    One pass over the words of each title; one query for up to 10,000 different runs of words.
    """
    found = [_keyed_phrases(text) for text in texts]
    known = _states_of({key for rows in found for key, *_place in rows})
    return [
        longest(KnownName(start, end, short) for key, start, end, short in rows if known.get(key)) for rows in found
    ]


def find_missed_artists(predictions: Sequence[Prediction]) -> set[int]:
    """Ids of the predictions whose title names an artist of the table outside every span.

    Names of one word count only where somebody has confirmed the artist, longer ones also where it is proposed.
    """
    found = {
        prediction.pk: _keyed_phrases(prediction.title.text, besides=prediction.spans) for prediction in predictions
    }
    known = _states_of({key for rows in found.values() for key, *_place in rows})
    return {
        prediction.pk
        for prediction in predictions
        if any(key in known and (known[key] or not short) for key, _start, _end, short in found[prediction.pk])
    }


def _keyed_phrases(text: str, *, besides: Sequence[dict] = ()) -> list[tuple[str, int, int, bool]]:
    """(key, start, end, one word?) of each run of words that may be a name and touches no span of `besides`."""
    runs = phrases(text, besides=[(span["start"], span["end"]) for span in besides])
    keyed = ((artist_key(text[start:end]), start, end, short) for start, end, short in runs)
    return [row for row in keyed if len(row[0]) >= SHORTEST_KEY]


def _states_of(keys: Iterable[str]) -> dict[str, bool]:
    """The keys that name an artist; True where one of these artists is confirmed."""
    rest, known = iter(sorted(keys)), {}
    while some := list(islice(rest, _KEYS_AT_ONCE)):
        for key, state in _named.rows(some):
            if state != ArtistState.REJECTED:
                known[key] = known.get(key, False) or state == ArtistState.CONFIRMED
    return known
