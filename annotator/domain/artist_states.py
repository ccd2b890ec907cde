"""What leads say about rows of the artist table."""

from django.db import transaction
from django.utils.translation import gettext as _

from annotator.domain.audit import record
from annotator.enums import ArtistState, AuditAction
from annotator.exceptions import InvalidArtist, NotAllowed
from annotator.models import Artist, User


def set_artist_state(artist: Artist, *, state: str, actor: User) -> bool:
    """Confirms or rejects an artist, or takes that back; False if the state was that already, so twice is once.

    Mentions stay as the evidence they are; a rejected artist gets no new ones (see domain.artists). Raises NotAllowed (not a lead) and
    InvalidArtist (unknown_state).
    """
    if not actor.is_lead:
        raise NotAllowed(_("Only leads confirm and reject artists."))
    if state not in ArtistState.values:
        raise InvalidArtist(_("There is no such state."), code="unknown_state", field="state")
    with transaction.atomic():
        changed = bool(Artist.objects.filter(pk=artist.pk).exclude(state=state).update(state=state))
        if changed:
            record(AuditAction.ARTIST_STATE, actor=actor, subject=artist, state=state)
    return changed
