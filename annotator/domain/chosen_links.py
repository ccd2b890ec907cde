"""Which artist a performer is, where a person said so with the verdict."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from annotator.enums import ArtistState, Label
from annotator.exceptions import InvalidVerdict
from annotator.models import Annotation, Artist, ArtistMerge

NOTE_MAX_CHARS = 200
Place = tuple[int, int, int]


@dataclass(frozen=True)
class ChosenLink:
    """`artist_id`: the row that was chosen, or None for a new artist, told from homonyms by `note`."""

    artist_id: int | None
    note: str = ""


def clean_links(links: Sequence[dict], spans: Sequence[dict]) -> list[dict]:
    """As they are stored: {"start", "end", "artist", "note"}, each about a performer of the reading, in the order of the title.

    Whether the artist is still there is asked when it is linked: a verdict may wait in a browser while rows are joined or deleted. Raises
    InvalidVerdict: no_such_span for what is no performer of the reading, too_long for a note.
    """
    places = {(span["start"], span["end"]) for span in spans if span["label"] == Label.PER}
    kept = {(link["start"], link["end"]): _stored(link) for link in links}
    if wrong := set(kept) - places:
        start, end = min(wrong)
        message = _("The reading has no performer from %(start)s to %(end)s.") % {"start": start, "end": end}
        raise InvalidVerdict(message, code="no_such_span", field="links")
    return sorted(kept.values(), key=itemgetter("start", "end"))


def _stored(link: dict) -> dict:
    note = " ".join(link.get("note", "").replace("\x00", "").split())
    if len(note) > NOTE_MAX_CHARS:
        message = _("A note may have at most %(limit)d characters.") % {"limit": NOTE_MAX_CHARS}
        raise InvalidVerdict(message, code="too_long", field="links")
    return {"start": link["start"], "end": link["end"], "artist": link["artist"], "note": note}


def chosen_links(annotations: Sequence[Annotation]) -> dict[Place, ChosenLink]:
    """(annotation id, start, end) -> what the verdict behind it chose. Rows that were joined since lead on to the one that was kept; what
    is gone or rejected is left out. A query for verdicts that are not loaded, two where something was chosen."""
    decided = [annotation for annotation in annotations if annotation.verdict_id]
    prefetch_related_objects(decided, "verdict")
    chosen = [
        ((annotation.pk, link["start"], link["end"]), ChosenLink(link["artist"], link["note"]))
        for annotation in decided
        for link in annotation.verdict.links
    ]
    if not chosen:
        return {}
    standing = _standing({link.artist_id for _place, link in chosen if link.artist_id})
    return {
        place: ChosenLink(standing.get(link.artist_id), link.note)
        for place, link in chosen
        if link.artist_id is None or link.artist_id in standing
    }


def _standing(artist_ids: Iterable[int]) -> dict[int, int]:
    """id -> the id of the row that it is now."""
    wanted = set(artist_ids)
    if not wanted:
        return {}
    found = {
        pk: pk
        for pk in Artist.objects.filter(pk__in=wanted).exclude(state=ArtistState.REJECTED).values_list("pk", flat=True)
    }
    merges = ArtistMerge.objects.filter(
        undone_at__isnull=True, kept__isnull=False, before__artist__id__in=list(wanted - set(found))
    )
    return found | {before["artist"]["id"]: kept for before, kept in merges.values_list("before", "kept_id")}
