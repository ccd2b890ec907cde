"""The artist table: search as you type, and a page for each artist."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotator.domain.artist_states import set_artist_state
from annotator.domain.queries.artist_page import companions_of, look_alikes, mentions_of, months_of, standing_merges
from annotator.domain.queries.search import search_artists
from annotator.enums import ArtistState
from annotator.exceptions import LineupDeskError
from annotator.models import Artist
from annotator.web.access import lead_required, reviewer_required
from annotator.web.forms import ArtistFilterForm
from annotator.web.http import DeskRequest, query_without_place, render_part
from annotator.web.paging import keyset_page


@require_GET
@reviewer_required
def artists(request: DeskRequest) -> HttpResponse:
    form = ArtistFilterForm(request.GET)
    criteria = form.criteria()
    found = search_artists(criteria["text"], state=criteria["state"], kind=criteria["kind"])
    context = {
        "form": form,
        "page": keyset_page(found, ["name", "pk"], request.GET),
        "query": query_without_place(request.GET),
        "filtered": any(criteria.values()),
    }
    return render_part(request, "artists/page.html", "artists/_list.html", context)


@require_GET
@reviewer_required
def artist(request: DeskRequest, artist_id: int) -> HttpResponse:
    row = get_object_or_404(Artist.objects.prefetch_related("aliases", "external_ids"), pk=artist_id)
    context = {
        "artist": row,
        "page": keyset_page(mentions_of(row), ["-pk"], request.GET),
        "states": [state for state in ArtistState if state != row.state],
        "companions": companions_of(row),
        "months": months_of(row),
        "look_alikes": look_alikes(row),
        "merges": standing_merges(row),
    }
    return render(request, "artists/artist.html", context)


@require_POST
@lead_required
def change_state(request: DeskRequest, artist_id: int) -> HttpResponse:
    row = get_object_or_404(Artist, pk=artist_id)
    try:
        set_artist_state(row, state=request.POST.get("state", ""), actor=request.user)
    except LineupDeskError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Saved."))
    return redirect("artist", artist_id=artist_id)
