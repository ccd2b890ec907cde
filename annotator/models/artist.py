"""The artist table: acts, their spellings, where they were seen, and what was joined."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from annotator.enums import ArtistKind, ArtistSource, ArtistState, LinkHow
from annotator.models.review import Annotation


def name_with_note(name: str, note: str) -> str:
    """How an artist is told from its homonyms."""
    return f"{name} ({note})" if note else name


class Artist(models.Model):
    """An act. `key` is ner_core.gazetteer.artist_key(name); homonyms share a key and differ in `note`."""

    name = models.CharField(max_length=300)
    key = models.CharField(max_length=300)
    note = models.CharField(max_length=200, blank=True, help_text="Tells homonyms apart, e.g. “football club”.")
    kind = models.CharField(max_length=10, choices=ArtistKind, default=ArtistKind.OTHER)
    country = models.CharField(max_length=2, blank=True)
    remarks = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=ArtistState, default=ArtistState.PROPOSED)
    source = models.CharField(max_length=10, choices=ArtistSource, default=ArtistSource.PERSON)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "note"], name="artist_key_note"),
            models.CheckConstraint(condition=~Q(key=""), name="artist_key_not_empty"),
            models.CheckConstraint(condition=Q(kind__in=ArtistKind.values), name="artist_kind_known"),
            models.CheckConstraint(condition=Q(state__in=ArtistState.values), name="artist_state_known"),
            models.CheckConstraint(condition=Q(source__in=ArtistSource.values), name="artist_source_known"),
        ]
        indexes = [models.Index(fields=["name", "id"], name="artist_name_id")]

    def __str__(self) -> str:
        return name_with_note(self.name, self.note)


class ExternalId(models.Model):
    """What another data set calls the artist: `scheme` is its name in lower case, e.g. "musicbrainz"."""

    artist = models.ForeignKey(Artist, on_delete=models.CASCADE, related_name="external_ids")
    scheme = models.CharField(max_length=40)
    value = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scheme", "value", "artist"], name="external_id_once"),
            models.CheckConstraint(condition=~Q(scheme="") & ~Q(value=""), name="external_id_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.scheme}:{self.value}"


class Alias(models.Model):
    """Another spelling of an artist's name."""

    artist = models.ForeignKey(Artist, on_delete=models.CASCADE, related_name="aliases")
    name = models.CharField(max_length=300)
    key = models.CharField(max_length=300, db_index=True)
    source = models.CharField(max_length=10, choices=ArtistSource, default=ArtistSource.PERSON)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "aliases"
        constraints = [
            models.UniqueConstraint(fields=["artist", "name"], name="alias_artist_name"),
            models.CheckConstraint(condition=~Q(key=""), name="alias_key_not_empty"),
            models.CheckConstraint(condition=Q(source__in=ArtistSource.values), name="alias_source_known"),
        ]

    def __str__(self) -> str:
        return self.name


class Mention(models.Model):
    """A PER span of a settled title, linked to its artist. Follows the annotation: replaced when it changes."""

    annotation = models.ForeignKey(Annotation, on_delete=models.CASCADE, related_name="mentions")
    artist = models.ForeignKey(Artist, on_delete=models.CASCADE, related_name="mentions")
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    name = models.CharField(max_length=300, help_text="The spelling in the title.")
    how = models.CharField(max_length=7, choices=LinkHow, default=LinkHow.KEY)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(how__in=LinkHow.values), name="mention_how_known"),
            models.UniqueConstraint(fields=["annotation", "start", "end"], name="mention_annotation_span"),
            models.CheckConstraint(condition=Q(end__gt=models.F("start")), name="mention_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.artist_id} in {self.annotation_id}"


class ArtistMerge(models.Model):
    """One artist that became part of another, with one undo. The id is made by the client: a repeated request is harmless.

    `before`: what undo needs, {"artist", "aliases", "external_ids", "mentions", "kept", "added"}; see annotator.domain.artist_merges.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kept = models.ForeignKey(Artist, null=True, on_delete=models.SET_NULL, related_name="merges")
    name = models.CharField(max_length=300, help_text="The artist that is no more.")
    before = models.JSONField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="artist_merges")
    created_at = models.DateTimeField(default=timezone.now)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="artist_merge_undone_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} -> {self.kept_id}"


class DistinctArtists(models.Model):
    """Two rows that look alike and are two acts, as a lead said: never shown as likely duplicates again. `first` has the lower id."""

    first = models.ForeignKey(Artist, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Artist, on_delete=models.CASCADE, related_name="+")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="distinct_artists")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "distinct artists"
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="distinct_artists_once"),
            models.CheckConstraint(condition=Q(first__lt=models.F("second")), name="distinct_artists_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} != {self.second_id}"
