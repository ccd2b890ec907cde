"""PER spans of settled titles and the artist table."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from annotator.domain.artist_locks import hold_keys, lock_which
from annotator.enums import ArtistSource, ArtistState, Label
from annotator.models import Alias, Annotation, Artist, Mention
from ner_core.gazetteer import artist_key

NAME_MAX_CHARS = 300
_ROUNDS = 3
_PREFERENCE = (ArtistState.CONFIRMED, ArtistState.PROPOSED)


@dataclass(frozen=True)
class _Name:
    """One PER span of one annotation."""

    annotation_id: int
    start: int
    end: int
    name: str
    key: str

    @property
    def place(self) -> tuple[int, int, int]:
        return self.annotation_id, self.start, self.end


@transaction.atomic
def link_mentions(annotations: Sequence[Annotation]) -> int:
    """Makes the mentions of these annotations what their PER spans say; returns how many mentions they have now.

    A span goes to the artist with the same key: confirmed before proposed, then the one without a note. An unknown key becomes a
    proposed artist with the name as written, an unknown spelling an alias. Mentions that are still right keep their artist.
    Skipped: names of which every artist is rejected, and names too long for the table. Two people who bring the same new artist
    end with one row. Artists and aliases that only a dropped mention spoke for go with it. Safe to repeat; the number of queries
    does not depend on the number of annotations.
    """
    wanted = {name.place: name for annotation in annotations for name in _names_of(annotation)}
    present = _mentions_of(annotations)
    kept = {_place(mention) for mention in present if _place(mention) in wanted}
    dropped = [mention for mention in present if _place(mention) not in kept]
    missing = [name for place, name in wanted.items() if place not in kept]
    hold_keys({name.key for name in missing} | {mention.artist.key for mention in dropped})
    linked = _find_or_propose(missing, dropped)
    _drop(dropped)
    _add_aliases(linked)
    Mention.objects.bulk_create([_mention(name, artist) for name, artist in linked], ignore_conflicts=True)
    _prune({mention.artist_id for mention in dropped})
    return len(kept) + len(linked)


@transaction.atomic
def unlink_mentions(annotations: Sequence[Annotation]) -> None:
    """Takes the mentions of these annotations away, with the artists and aliases that nothing else speaks for."""
    dropped = _mentions_of(annotations)
    hold_keys({mention.artist.key for mention in dropped})
    lock_which(Q(pk__in={mention.artist_id for mention in dropped}))
    _drop(dropped)
    _prune({mention.artist_id for mention in dropped})


def _names_of(annotation: Annotation) -> Iterator[_Name]:
    for span in annotation.spans:
        name = annotation.title.text[span["start"] : span["end"]]
        if span["label"] != Label.PER or len(name) > NAME_MAX_CHARS:
            continue
        key = artist_key(name)
        if key and len(key) <= NAME_MAX_CHARS:
            yield _Name(annotation.pk, span["start"], span["end"], name, key)


def _mentions_of(annotations: Sequence[Annotation]) -> list[Mention]:
    of_these = Mention.objects.filter(annotation__in=[annotation.pk for annotation in annotations])
    return list(of_these.select_related("artist"))


def _place(mention: Mention) -> tuple[int, int, int]:
    return mention.annotation_id, mention.start, mention.end


def _mention(name: _Name, artist: Artist) -> Mention:
    return Mention(annotation_id=name.annotation_id, start=name.start, end=name.end, name=name.name, artist=artist)


def _find_or_propose(names: Sequence[_Name], dropped: Sequence[Mention]) -> list[tuple[_Name, Artist]]:
    """Each name with its locked artist. The artists of the dropped mentions are locked in the same go.

    A second round reads what was proposed; a third is for a row that somebody deleted by hand in between.
    """
    first_spelling = {name.key: name.name for name in reversed(names)}
    found: dict[str, Artist | None] = {}
    leaving = {mention.artist_id for mention in dropped}
    for _ in range(_ROUNDS):
        open_keys = sorted(set(first_spelling) - set(found))
        if not open_keys and not leaving:
            break
        found |= _find(open_keys, leaving)
        leaving = set()
        _propose({key: first_spelling[key] for key in open_keys if key not in found})
    return [(name, artist) for name in names if (artist := found.get(name.key))]


def _find(keys: Sequence[str], leaving: set[int]) -> dict[str, Artist | None]:
    """key -> its best artist; None where every artist of that key is rejected; unknown keys are absent."""
    aliases = list(Alias.objects.filter(key__in=keys).values_list("key", "artist_id"))
    locked = lock_which(Q(key__in=keys) | Q(pk__in={artist_id for _, artist_id in aliases} | leaving))
    by_id = {artist.pk: artist for artist in locked}
    candidates: dict[str, list[Artist]] = defaultdict(list)
    for artist in locked:
        candidates[artist.key].append(artist)
    for key, artist_id in aliases:
        if artist_id in by_id:
            candidates[key].append(by_id[artist_id])
    return {key: _choose(key, candidates[key]) for key in keys if key in candidates}


def _choose(key: str, artists: Iterable[Artist]) -> Artist | None:
    usable = [artist for artist in artists if artist.state in _PREFERENCE]
    return min(
        usable,
        key=lambda artist: (_PREFERENCE.index(artist.state), artist.key != key, artist.note != "", artist.pk),
        default=None,
    )


def _propose(names: dict[str, str]) -> None:
    """Somebody who enters an artist by hand at this moment holds no key: hence ignore_conflicts."""
    Artist.objects.bulk_create(
        [Artist(name=name, key=key, source=ArtistSource.MENTION) for key, name in names.items()],
        ignore_conflicts=True,
    )


def _add_aliases(linked: Sequence[tuple[_Name, Artist]]) -> None:
    spellings = {(artist.pk, name.name): name.key for name, artist in linked if name.name != artist.name}
    Alias.objects.bulk_create(
        [
            Alias(artist_id=artist_id, name=name, key=key, source=ArtistSource.MENTION)
            for (artist_id, name), key in sorted(spellings.items())
        ],
        ignore_conflicts=True,
    )


def _drop(mentions: Sequence[Mention]) -> None:
    if mentions:
        Mention.objects.filter(pk__in=[mention.pk for mention in mentions]).delete()


def _prune(artist_ids: set[int]) -> None:
    """Deletes what of these artists and their aliases only mentions spoke for, if none is left. The artists are locked."""
    if not artist_ids:
        return
    spoken_for = Exists(Mention.objects.filter(artist=OuterRef("artist"), name=OuterRef("name")))
    Alias.objects.filter(~spoken_for, artist__in=artist_ids, source=ArtistSource.MENTION).delete()
    seen = Exists(Mention.objects.filter(artist=OuterRef("pk")))
    known_otherwise = Exists(Alias.objects.filter(artist=OuterRef("pk")))
    mine = Artist.objects.filter(pk__in=artist_ids, source=ArtistSource.MENTION, state=ArtistState.PROPOSED)
    mine.filter(~seen, ~known_otherwise).delete()
