"""PER spans of settled titles and the artist table."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from annotator.domain.artist_locks import hold_keys, lock_which
from annotator.domain.chosen_links import ChosenLink, Place, chosen_links
from annotator.domain.link_context import Surroundings, companions_among, tell_apart
from annotator.enums import ArtistSource, ArtistState, Label, LinkHow
from annotator.models import Alias, Annotation, Artist, Mention
from annotator.models.bulk_rows import insert_missing_instances
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


_Link = tuple[_Name, Artist, LinkHow]


@transaction.atomic
def link_mentions(annotations: Sequence[Annotation]) -> int:
    """Makes the mentions of these annotations what their PER spans say; returns how many mentions they have now.

    A span goes to the artist that the verdict chose; else to one with the same key: of several the one that what stands around it speaks
    for (domain.link_context), else confirmed before proposed, then the one without a note. An unknown key becomes a proposed artist with
    the name as written, an unknown spelling an alias. Mentions that are still right keep their artist.
    Skipped: names of which every artist is rejected, and names too long for the table. Two people who bring the same new artist
    end with one row. Artists and aliases that only a dropped mention spoke for go with it. Safe to repeat; the number of queries
    does not depend on the number of annotations.
    """
    wanted = {name.place: name for annotation in annotations for name in _names_of(annotation)}
    chosen = chosen_links(annotations)
    present = _mentions_of(annotations)
    kept = {_place(mention) for mention in present if _is_right(mention, wanted, chosen)}
    dropped = [mention for mention in present if _place(mention) not in kept]
    missing = [name for place, name in wanted.items() if place not in kept]
    hold_keys({name.key for name in missing} | {mention.artist.key for mention in dropped})
    linked = _link(missing, chosen, dropped, annotations)
    _drop(dropped)
    _add_aliases([(name, artist) for name, artist, _how in linked])
    insert_missing_instances([_mention(*link) for link in linked])
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
    of_these = Mention.objects.filter(annotation__pk__any_of=[annotation.pk for annotation in annotations])
    return list(of_these.select_related("artist"))


def _place(mention: Mention) -> tuple[int, int, int]:
    return mention.annotation_id, mention.start, mention.end


def _mention(name: _Name, artist: Artist, how: LinkHow) -> Mention:
    place = {"annotation_id": name.annotation_id, "start": name.start, "end": name.end}
    return Mention(**place, name=name.name, artist=artist, how=how)


def _is_right(mention: Mention, wanted: Mapping[Place, _Name], chosen: Mapping[Place, ChosenLink]) -> bool:
    place = _place(mention)
    told = chosen.get(place)
    return place in wanted and (told is None or told.artist_id in (None, mention.artist_id))


def _link(
    names: Sequence[_Name],
    chosen: Mapping[Place, ChosenLink],
    dropped: Sequence[Mention],
    annotations: Sequence[Annotation],
) -> list[_Link]:
    """Each name with its artist, which is locked, and why it is that one. Names of which every artist is rejected are left out."""
    told = _link_as_told([name for name in names if name.place in chosen], chosen)
    done = {name.place for name, *_link in told}
    found = _find_or_propose([name for name in names if name.place not in done], dropped)
    sure = {(name.annotation_id, artists[0].pk) for name, artists in found if len(artists) == 1}
    companions = companions_among(artist.pk for _name, artists in found if len(artists) > 1 for artist in artists)
    around = {
        annotation.pk: Surroundings(
            annotation.title.text, annotation.spans, frozenset(pk for in_title, pk in sure if in_title == annotation.pk)
        )
        for annotation in annotations
    }
    return [*told, *((name, *tell_apart(artists, around[name.annotation_id], companions)) for name, artists in found)]


def _link_as_told(names: Sequence[_Name], chosen: Mapping[Place, ChosenLink]) -> list[_Link]:
    """What a person chose. A new artist is made where nobody has this name and note; without a note a name that is known is not new."""
    wanted = {name.place: chosen[name.place] for name in names}
    locked = {
        artist.pk: artist
        for artist in lock_which(Q(pk__in=[link.artist_id for link in wanted.values() if link.artist_id]))
    }
    linked: list[_Link] = []
    for name in names:
        link = wanted[name.place]
        if link.artist_id in locked:
            linked.append((name, locked[link.artist_id], LinkHow.PERSON))
        elif link.artist_id is None and link.note:
            made = {"name": name.name, "source": ArtistSource.MENTION}
            artist, _created = Artist.objects.get_or_create(key=name.key, note=link.note, defaults=made)
            linked.append((name, artist, LinkHow.PERSON))
    return linked


def _find_or_propose(names: Sequence[_Name], dropped: Sequence[Mention]) -> list[tuple[_Name, list[Artist]]]:
    """Each name with the locked artists that it may mean, the usual one first. Those of the dropped mentions are locked in the same go.

    A second round reads what was proposed; a third is for a row that somebody deleted by hand in between.
    """
    first_spelling = {name.key: name.name for name in reversed(names)}
    found: dict[str, list[Artist]] = {}
    leaving = {mention.artist_id for mention in dropped}
    for _ in range(_ROUNDS):
        open_keys = sorted(set(first_spelling) - set(found))
        if not open_keys and not leaving:
            break
        found |= _find(open_keys, leaving)
        leaving = set()
        _propose({key: first_spelling[key] for key in open_keys if key not in found})
    return [(name, artists) for name in names if (artists := found.get(name.key))]


def _find(keys: Sequence[str], leaving: set[int]) -> dict[str, list[Artist]]:
    """key -> its usable artists; empty where every artist of that key is rejected; unknown keys are absent."""
    aliases = list(Alias.objects.filter(key__any_of=keys).values_list("key", "artist_id"))
    locked = lock_which(Q(key__in=keys) | Q(pk__in={artist_id for _, artist_id in aliases} | leaving))
    by_id = {artist.pk: artist for artist in locked}
    candidates: dict[str, dict[int, Artist]] = defaultdict(dict)
    for artist in locked:
        candidates[artist.key][artist.pk] = artist
    for key, artist_id in aliases:
        if artist_id in by_id:
            candidates[key][artist_id] = by_id[artist_id]
    return {key: _usable(key, candidates[key].values()) for key in keys if key in candidates}


def _usable(key: str, artists: Iterable[Artist]) -> list[Artist]:
    """Confirmed before proposed, by name before by alias, then the one without a note."""
    usable = [artist for artist in artists if artist.state in _PREFERENCE]
    return sorted(
        usable,
        key=lambda artist: (_PREFERENCE.index(artist.state), artist.key != key, artist.note != "", artist.pk),
    )


def _propose(names: dict[str, str]) -> None:
    """Somebody who enters an artist by hand at this moment holds no key: hence ignore_conflicts."""
    insert_missing_instances([Artist(name=name, key=key, source=ArtistSource.MENTION) for key, name in names.items()])


def _add_aliases(linked: Sequence[tuple[_Name, Artist]]) -> None:
    spellings = {(artist.pk, name.name): name.key for name, artist in linked if name.name != artist.name}
    insert_missing_instances(
        [
            Alias(artist_id=artist_id, name=name, key=key, source=ArtistSource.MENTION)
            for (artist_id, name), key in sorted(spellings.items())
        ]
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
