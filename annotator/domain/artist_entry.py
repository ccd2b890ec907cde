"""An artist that somebody enters by hand."""

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from annotator.domain.artist_locks import hold_keys
from annotator.domain.artists import NAME_MAX_CHARS
from annotator.enums import ArtistKind, ArtistSource, ArtistState
from annotator.exceptions import InvalidArtist, NotAllowed
from annotator.models import Alias, Artist, User
from ner_core.gazetteer import artist_key


@transaction.atomic
def enter_artist(
    name: str,
    *,
    note: str = "",
    kind: str = ArtistKind.OTHER,
    country: str = "",
    remarks: str = "",
    aliases: Iterable[str] = (),
    actor: User,
) -> tuple[Artist, bool]:
    """The artist of this name and note, and whether it was entered now; one that is there already is left as it is.

    What a lead enters is confirmed, what a reviewer enters is proposed. Two people who enter the same name at once end with one row.
    Raises NotAllowed (client services) and InvalidArtist (unusable_name, with the field).
    """
    if actor.is_client:
        raise NotAllowed(_("Only staff enter artists."))
    key = usable_key(name, field="name")
    spellings = {alias: usable_key(alias, field="aliases") for alias in aliases if alias != name}
    hold_keys({key, *spellings.values()})
    artist, created = Artist.objects.get_or_create(
        key=key,
        note=note,
        defaults={
            "name": name,
            "kind": kind,
            "country": country,
            "remarks": remarks,
            "state": ArtistState.CONFIRMED if actor.is_lead else ArtistState.PROPOSED,
            "source": ArtistSource.PERSON,
        },
    )
    if created:
        Alias.objects.bulk_create([Alias(artist=artist, name=alias, key=own) for alias, own in spellings.items()])
    return artist, created


def usable_key(name: str, *, field: str) -> str:
    """The key of a name that the table can hold. Raises InvalidArtist (unusable_name)."""
    key = artist_key(name)
    if not key or len(name) > NAME_MAX_CHARS or len(key) > NAME_MAX_CHARS:
        raise InvalidArtist(_("This is no name."), code="unusable_name", field=field)
    return key
