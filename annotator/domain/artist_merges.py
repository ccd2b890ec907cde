"""Two rows of the artist table that are one act, and one row that is two."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from annotator.domain.artist_entry import usable_key
from annotator.domain.artist_locks import hold_keys, lock_artists
from annotator.domain.audit import record
from annotator.enums import ArtistKind, ArtistSource, ArtistState, AuditAction
from annotator.exceptions import InvalidArtist, NotAllowed
from annotator.models import Alias, Artist, ArtistMerge, DistinctArtists, ExternalId, Mention, User
from ner_core.gazetteer import artist_key

_FIELDS = ("name", "key", "note", "kind", "country", "remarks", "state", "source")
_FILLED = ("kind", "country", "remarks", "state")  # what the kept artist takes over where it has nothing better


@dataclass(frozen=True)
class MergePreview:
    """What a merge would do."""

    source: Artist
    into: Artist
    mentions: int
    aliases: list[str]
    changes: dict[str, str]


def preview_merge(source_id: int, *, into_id: int) -> MergePreview:
    """What merge_artists would do; changes nothing. Raises InvalidArtist (same_artist, artist_missing)."""
    source, into = _pair(
        {artist.pk: artist for artist in Artist.objects.filter(pk__in=[source_id, into_id])}, source_id, into_id
    )
    return MergePreview(
        source=source,
        into=into,
        mentions=source.mentions.count(),
        aliases=_new_names(source, into),
        changes=_changes(source, into),
    )


@transaction.atomic
def merge_artists(source_id: int, *, into_id: int, merge_id: UUID, actor: User) -> ArtistMerge:
    """Makes `source` a part of `into`: mentions, aliases, external ids and earlier merges follow, its name becomes an alias.

    Kind, country, remarks and a confirmation go over where `into` has none. The same merge_id again changes nothing. What is linked
    while this runs waits for the names (artist_locks) and finds the kept artist. Raises NotAllowed (not a lead) and InvalidArtist
    (same_artist, artist_missing).
    """
    _check_lead(actor)
    if done := ArtistMerge.objects.filter(pk=merge_id).first():
        return done
    _hold(source_id, into_id)
    source, into = _pair(lock_artists([source_id, into_id]), source_id, into_id)
    added, changes = _new_names(source, into), _changes(source, into)
    before = _before(source, into, changes, added)
    Mention.objects.filter(artist=source).update(artist=into)
    Alias.objects.filter(artist=source, name__in=added).update(artist=into)
    if source.name in added:
        Alias.objects.create(artist=into, name=source.name, key=source.key, source=ArtistSource.PERSON)
    ExternalId.objects.filter(pk__in=_new_ids(source, into)).update(artist=into)
    ArtistMerge.objects.filter(kept=source).update(kept=into)
    if changes:
        Artist.objects.filter(pk=into.pk).update(**changes)
    source.delete()
    record(AuditAction.ARTISTS_JOINED, actor=actor, subject=into, joined=source.name, joined_id=source_id)
    return ArtistMerge.objects.create(pk=merge_id, kept=into, name=source.name, before=before, actor=actor)


@transaction.atomic
def undo_merge(merge_id: UUID, *, actor: User) -> Artist | None:
    """Brings the artist back under its old id, with its aliases and with every mention that is still the kept artist's and either was
    moved or has a spelling that only the old one had. None if that was done already.

    Raises NotAllowed (not a lead) and InvalidArtist (merge_missing; name_taken, where somebody entered the name again since).
    """
    _check_lead(actor)
    merge = ArtistMerge.objects.select_for_update(of=("self",), no_key=True).filter(pk=merge_id).first()
    if merge is None:
        raise InvalidArtist(_("There is no such merge."), code="merge_missing")
    if merge.undone_at:
        return None
    before = merge.before
    hold_keys({before["artist"]["key"], *(alias["key"] for alias in before["aliases"])})
    kept = lock_artists([merge.kept_id]).get(merge.kept_id) if merge.kept_id else None
    artist = _bring_back(before)
    if kept:
        _give_back(before, artist, kept)
    ArtistMerge.objects.filter(pk=merge.pk).update(undone_at=timezone.now(), undone_by=actor)
    record(AuditAction.JOIN_UNDONE, actor=actor, subject=artist)
    return artist


@transaction.atomic
def split_artist(artist_id: int, *, mention_ids: Sequence[int], name: str, note: str, actor: User) -> Artist:
    """Makes these mentions an artist of their own, told apart by name or note. What is not this artist's mention is left alone.

    Raises NotAllowed (not a lead) and InvalidArtist (artist_missing, unusable_name, name_taken, nothing_chosen).
    """
    _check_lead(actor)
    key = usable_key(name, field="name")
    hold_keys({key})
    if artist_id not in lock_artists([artist_id]):
        raise InvalidArtist(_("There is no such artist."), code="artist_missing")
    if Artist.objects.filter(key=key, note=note).exists():
        raise InvalidArtist(
            _("There is an artist of this name: tell them apart by a note."), code="name_taken", field="note"
        )
    moving = Mention.objects.filter(artist=artist_id, pk__in=mention_ids)
    if not moving.exists():
        raise InvalidArtist(_("Choose what belongs to the new artist."), code="nothing_chosen")
    kind = Artist.objects.values_list("kind", flat=True).get(pk=artist_id)
    new = Artist.objects.create(name=name, key=key, note=note, kind=kind, source=ArtistSource.PERSON)
    spellings = {spelling for spelling in moving.values_list("name", flat=True) if spelling != name}
    moving.update(artist=new)
    Alias.objects.bulk_create(
        [
            Alias(artist=new, name=spelling, key=artist_key(spelling), source=ArtistSource.MENTION)
            for spelling in sorted(spellings)
        ]
    )
    record(AuditAction.ARTIST_DIVIDED, actor=actor, subject=new, of=artist_id)
    return new


@transaction.atomic
def keep_apart(first_id: int, second_id: int, *, actor: User) -> bool:
    """Says that two rows that look alike are two acts; False if that was said before. Raises NotAllowed (not a lead) and InvalidArtist
    (same_artist, artist_missing)."""
    _check_lead(actor)
    pair = {artist.pk: artist for artist in Artist.objects.filter(pk__in=[first_id, second_id])}
    first, second = sorted(_pair(pair, first_id, second_id), key=lambda artist: artist.pk)
    _row, made = DistinctArtists.objects.get_or_create(first=first, second=second, defaults={"actor": actor})
    return made


def _check_lead(actor: User) -> None:
    if not actor.is_lead:
        raise NotAllowed(_("Only leads join and divide artists."))


def _hold(*artist_ids: int) -> None:
    """Nobody links a name of these artists until the transaction ends."""
    names = Artist.objects.filter(pk__in=artist_ids).values_list("key", flat=True)
    hold_keys({*names, *Alias.objects.filter(artist__in=artist_ids).values_list("key", flat=True)})


def _pair(found: dict[int, Artist], source_id: int, into_id: int) -> tuple[Artist, Artist]:
    if source_id == into_id:
        raise InvalidArtist(_("An artist cannot be joined with itself."), code="same_artist")
    if len(found) < 2:
        raise InvalidArtist(_("There is no such artist."), code="artist_missing")
    return found[source_id], found[into_id]


def _new_names(source: Artist, into: Artist) -> list[str]:
    known = {into.name, *into.aliases.values_list("name", flat=True)}
    return sorted({source.name, *source.aliases.values_list("name", flat=True)} - known)


def _new_ids(source: Artist, into: Artist) -> list[int]:
    known = set(into.external_ids.values_list("scheme", "value"))
    return [row.pk for row in source.external_ids.all() if (row.scheme, row.value) not in known]


def _changes(source: Artist, into: Artist) -> dict[str, str]:
    empty = {"kind": ArtistKind.OTHER, "country": "", "remarks": "", "state": ArtistState.PROPOSED}
    return {
        field: getattr(source, field)
        for field in _FILLED
        if getattr(into, field) == empty[field] and getattr(source, field) not in (empty[field], ArtistState.REJECTED)
    }


def _before(source: Artist, into: Artist, changes: dict[str, str], added: list[str]) -> dict:
    return {
        "artist": {"id": source.pk, **{field: getattr(source, field) for field in _FIELDS}},
        "known_since": source.created_at.isoformat(),
        "aliases": list(source.aliases.values("name", "key", "source")),
        "external_ids": list(source.external_ids.values("scheme", "value")),
        "moved_ids": _new_ids(source, into),
        "mentions": list(source.mentions.values_list("pk", flat=True)),
        "kept": {field: [getattr(into, field), value] for field, value in changes.items()},
        "added": added,
    }


def _bring_back(before: dict) -> Artist:
    fields = before["artist"]
    if Artist.objects.filter(key=fields["key"], note=fields["note"]).exists():
        raise InvalidArtist(_("Somebody entered this name again since."), code="name_taken")
    artist = Artist.objects.create(**fields)
    Artist.objects.filter(pk=artist.pk).update(created_at=parse_datetime(before["known_since"]))
    return artist


def _give_back(before: dict, artist: Artist, kept: Artist) -> None:
    Alias.objects.filter(artist=kept, name__in=before["added"]).delete()
    Alias.objects.bulk_create([Alias(artist=artist, **alias) for alias in before["aliases"]])
    ExternalId.objects.filter(pk__in=before["moved_ids"], artist=kept).delete()
    ExternalId.objects.bulk_create([ExternalId(artist=artist, **row) for row in before["external_ids"]])
    mine = {before["artist"]["name"], *(alias["name"] for alias in before["aliases"])}
    only_mine = mine - {kept.name, *kept.aliases.values_list("name", flat=True)}
    linked = Mention.objects.filter(artist=kept)
    linked.filter(pk__in=before["mentions"]).update(artist=artist)
    linked.filter(name__in=only_mine).update(artist=artist)
    for field, (old, new) in before["kept"].items():
        Artist.objects.filter(pk=kept.pk, **{field: new}).update(**{field: old})
