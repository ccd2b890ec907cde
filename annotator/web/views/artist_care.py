"""Two rows of the artist table that are one act, and one row that is two: for leads."""

from uuid import uuid4

from django import forms
from django.contrib import messages
from django.core.cache.backends.locmem import LocMemCache
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotator.domain.artist_merges import (
    MergePreview,
    keep_apart,
    merge_artists,
    preview_merge,
    split_artist,
    undo_merge,
)
from annotator.domain.name_lookup import find_candidates
from annotator.domain.queries.artist_growth import growth
from annotator.domain.queries.duplicates import likely_duplicates
from annotator.exceptions import InvalidArtist, LineupDeskError
from annotator.models import Artist
from annotator.web.access import lead_required, reviewer_required
from annotator.web.http import DeskRequest, is_part, render_part
from annotator.web.time_plots import names_plot, size_plot

MOST_FOUND = 20
GROWTH_SECONDS = 300
PAIRS_SHOWN, LOOKED_AT_MOST = 20, 400  # then the page waits to be asked for more

# Counted anew at times only: half a year of a million titles takes seconds.
memory = LocMemCache("artist-growth", {"TIMEOUT": GROWTH_SECONDS})
LARGEST_ID = 2**63 - 1


class JoinForm(forms.Form):
    into = forms.IntegerField(min_value=1, max_value=LARGEST_ID)
    merge_id = forms.UUIDField(required=False)


class PlaceForm(forms.Form):
    before = forms.IntegerField(min_value=1, max_value=LARGEST_ID, required=False)
    looked = forms.IntegerField(min_value=0, max_value=LARGEST_ID, required=False)
    found = forms.IntegerField(min_value=0, max_value=LARGEST_ID, required=False)

    def place(self) -> dict[str, int | None]:
        """Where to go on, and what the page has looked at and found so far; the beginning where that makes no sense."""
        place = self.cleaned_data if self.is_valid() else {}
        return {"before": place.get("before"), "looked": place.get("looked") or 0, "found": place.get("found") or 0}


class PairForm(PlaceForm):
    first = forms.IntegerField(min_value=1, max_value=LARGEST_ID)
    second = forms.IntegerField(min_value=1, max_value=LARGEST_ID)


class DivideForm(forms.Form):
    name = forms.CharField(max_length=300)
    note = forms.CharField(max_length=200, required=False)
    mentions = forms.TypedMultipleChoiceField(coerce=int, required=False)

    def __init__(self, data: object) -> None:
        super().__init__(data)
        self.fields["mentions"].valid_value = str.isdecimal


@require_GET
@reviewer_required
def care(request: DeskRequest) -> HttpResponse:
    """How the table grows, and which of its rows may be one act: a few at once, and the page itself asks for the next ones."""
    context = _duplicates(PlaceForm(request.GET).place())
    if not is_part(request):
        weeks = memory.get_or_set(timezone.localdate().isoformat(), growth)
        context |= {"weeks": weeks, "size_plot": size_plot(weeks), "names_plot": names_plot(weeks)}
    return render_part(request, "artists/care.html", "artists/_duplicates.html", context)


def _duplicates(place: dict[str, int | None]) -> dict[str, object]:
    page = likely_duplicates(before=place["before"])
    looked, found = place["looked"] + page.looked_at, place["found"] + len(page.pairs)
    goes_on = bool(page.before) and found < PAIRS_SHOWN and looked < LOOKED_AT_MOST
    return {"page": page, "before": place["before"] or "", "looked": looked, "found": found, "goes_on": goes_on}


@require_POST
@lead_required
def apart(request: DeskRequest) -> HttpResponse:
    form = PairForm(request.POST)
    try:
        if form.is_valid():
            keep_apart(form.cleaned_data["first"], form.cleaned_data["second"], actor=request.user)
        else:
            messages.error(request, _("There is no such artist."))
    except LineupDeskError as error:
        messages.error(request, error.message)
    before = form.cleaned_data.get("before")
    return redirect(f"{reverse('artist_care')}{f'?before={before}' if before else ''}#duplicates-head")


@require_http_methods(["GET", "POST"])
@lead_required
def join(request: DeskRequest, artist_id: int) -> HttpResponse:
    """Finds the other artist, shows what would happen, and does it."""
    row = get_object_or_404(Artist, pk=artist_id)
    form = JoinForm(request.POST or request.GET)
    into = form.cleaned_data["into"] if form.is_valid() else None
    try:
        if request.method == "POST" and into:
            return _join(request, row, into, form.cleaned_data["merge_id"])
        preview = preview_merge(row.pk, into_id=into) if into else None
    except InvalidArtist as error:
        messages.error(request, error.message)
        preview = None
    text = request.GET.get("text", "")[:300]
    found = find_candidates([text], near_anyway=True, most=MOST_FOUND)[0] if text else []
    context = {
        "artist": row,
        "text": text,
        "candidates": [candidate for candidate in found if candidate.artist.pk != row.pk],
        "preview": preview,
        "preview_changes": _words_of(preview) if preview else [],
        "merge_id": uuid4(),
    }
    return render(request, "artists/join.html", context)


def _join(request: DeskRequest, row: Artist, into: int, merge_id: object) -> HttpResponse:
    merge = merge_artists(row.pk, into_id=into, merge_id=merge_id or uuid4(), actor=request.user)
    messages.success(request, _("“%(name)s” is part of this artist now.") % {"name": merge.name})
    return redirect("artist", artist_id=into)


def _words_of(preview: MergePreview) -> list[dict[str, str]]:
    """The facts that go over, as people read them."""
    names = {"kind": _("Kind"), "country": _("Country"), "remarks": _("Remarks"), "state": _("State")}
    shown = {"kind": preview.source.get_kind_display, "state": preview.source.get_state_display}
    return [
        {"name": names[field], "value": shown[field]() if field in shown else value}
        for field, value in preview.changes.items()
    ]


@require_POST
@lead_required
def undo_join(request: DeskRequest, merge_id: object) -> HttpResponse:
    try:
        artist = undo_merge(merge_id, actor=request.user)
    except LineupDeskError as error:
        messages.error(request, error.message)
        return redirect("artists")
    if artist is None:
        messages.info(request, _("That was undone already."))
        return redirect("artists")
    messages.success(request, _("“%(name)s” is an artist of its own again.") % {"name": artist.name})
    return redirect("artist", artist_id=artist.pk)


@require_POST
@lead_required
def divide(request: DeskRequest, artist_id: int) -> HttpResponse:
    row = get_object_or_404(Artist, pk=artist_id)
    form = DivideForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give the other artist a name."))
        return redirect("artist", artist_id=row.pk)
    given = form.cleaned_data
    try:
        new = split_artist(
            row.pk, mention_ids=given["mentions"], name=given["name"], note=given["note"], actor=request.user
        )
    except LineupDeskError as error:
        messages.error(request, error.message)
        return redirect("artist", artist_id=row.pk)
    messages.success(request, _("“%(name)s” is an artist of its own now.") % {"name": str(new)})
    return redirect("artist", artist_id=new.pk)
