"""Which artists the performers of a title are: what the review page asks while a title is open, and while somebody types a name."""

from annotator.domain.name_lookup import Candidate, suggest_artists
from annotator.domain.queries.foreseen_links import ForeseenLink, foresee_links
from annotator.enums import ArtistKind
from annotator.models import Title
from annotator.web.http import DeskRequest
from annotator.web.json_views import Payload, json_view
from annotator.web.review_payloads import ReadingPayload, SuggestionPayload, check, check_list

MOST_TITLES = 5


@json_view
def links(_request: DeskRequest, payload: Payload) -> dict:
    """What the performers of these readings will be linked to: {"titles": [{"title_id", "links"}]}; titles that are gone are left out."""
    wanted = [check(ReadingPayload, item) for item in check_list(payload, "titles", most=MOST_TITLES)]
    texts = dict(Title.objects.filter(pk__in=[reading["title_id"] for reading in wanted]).values_list("pk", "text"))
    present = [
        (reading["title_id"], [span for span in reading["spans"] if span["end"] <= len(texts[reading["title_id"]])])
        for reading in wanted
        if reading["title_id"] in texts
    ]
    found = foresee_links([(texts[title_id], spans) for title_id, spans in present])
    return {
        "titles": [
            {"title_id": title_id, "links": [link_json(link) for link in of_title]}
            for (title_id, _spans), of_title in zip(present, found, strict=True)
        ]
    }


@json_view
def suggestions(_request: DeskRequest, payload: Payload) -> dict:
    """Artists for a name that is being typed, best first."""
    found = suggest_artists(check(SuggestionPayload, payload)["text"])
    return {"artists": [candidate_json(candidate) for candidate in found]}


def link_json(link: ForeseenLink) -> dict:
    return {
        "start": link.start,
        "end": link.end,
        "state": link.state,
        "artist": link.artist and link.artist.pk,
        "candidates": [candidate_json(candidate) for candidate in link.candidates],
    }


def candidate_json(candidate: Candidate) -> dict:
    artist = candidate.artist
    return {
        "id": artist.pk,
        "name": artist.name,
        "note": artist.note,
        "kind": "" if artist.kind == ArtistKind.OTHER else artist.get_kind_display(),
        "state": artist.state,
        "spelling": candidate.spelling,
        "how": candidate.how,
    }
