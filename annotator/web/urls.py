"""Routes of the pages."""

from django.contrib.auth.views import LogoutView
from django.templatetags.static import static
from django.urls import path
from django.utils.functional import lazy
from django.views.generic import RedirectView
from django.views.i18n import set_language

from annotator.web.views import (
    adjudication,
    artist_care,
    artists,
    batches,
    bulk,
    exports,
    guidelines,
    keys,
    links,
    propagation,
    quality,
    queue,
    review,
    session,
    titles,
)

# Browsers ask for it on pages that are not ours, such as the admin.
favicon = RedirectView.as_view(url=lazy(static, str)("favicon.svg"))

urlpatterns = [
    path("favicon.ico", favicon, name="favicon"),
    path("", session.home, name="home"),
    path("sign-in/", session.SignIn.as_view(), name="sign_in"),
    path("sign-out/", LogoutView.as_view(), name="sign_out"),
    path("language/", set_language, name="set_language"),
    path("account/", session.account, name="account"),
    path("account/language/", session.change_language, name="change_language"),
    path("account/password/", session.change_password, name="change_password"),
    path("account/keys/", keys.keys, name="review_keys"),
    path("account/tokens/", session.add_token, name="add_token"),
    path("account/tokens/revoke/", session.remove_token, name="remove_token"),
    path("review/", review.review, name="review"),
    path("review/cards/", review.cards, name="review_cards"),
    path("review/verdicts/", review.verdicts, name="review_verdicts"),
    path("review/undo/", review.undo, name="review_undo"),
    path("review/heartbeat/", review.heartbeat, name="review_heartbeat"),
    path("review/release/", review.release, name="review_release"),
    path("review/group/", propagation.group, name="review_group"),
    path("review/propagate/", propagation.propagate, name="review_propagate"),
    path("review/take-back/", propagation.take_back, name="review_take_back"),
    path("review/links/", links.links, name="review_links"),
    path("review/artists/", links.suggestions, name="review_artists"),
    path("queue/", queue.queue, name="queue"),
    path("health/", queue.health, name="health"),
    path("titles/", titles.titles, name="titles"),
    path("titles/flagged/", titles.flagged, name="flagged"),
    path("titles/skipped/", bulk.skipped, name="skipped"),
    path("titles/bulk/", bulk.bulk, name="bulk"),
    path("titles/bulk/<uuid:action_id>/undo/", bulk.undo_bulk, name="undo_bulk"),
    path("titles/<int:title_id>/", titles.title, name="title"),
    path("titles/<int:title_id>/answer-skips/", bulk.answer_skips, name="answer_skips"),
    path("titles/<int:title_id>/take-over/", titles.take_over, name="take_over"),
    path("titles/<int:title_id>/send-back/", titles.send_back, name="send_back"),
    path("adjudicate/", adjudication.adjudicate, name="adjudicate"),
    path("adjudicate/<int:title_id>/", adjudication.decide, name="adjudicate_title"),
    path("adjudicate/undo/", adjudication.take_back, name="adjudicate_undo"),
    path("artists/", artists.artists, name="artists"),
    path("artists/care/", artist_care.care, name="artist_care"),
    path("artists/apart/", artist_care.apart, name="artists_apart"),
    path("artists/<int:artist_id>/", artists.artist, name="artist"),
    path("artists/<int:artist_id>/state/", artists.change_state, name="change_artist_state"),
    path("artists/<int:artist_id>/join/", artist_care.join, name="join_artist"),
    path("artists/<int:artist_id>/divide/", artist_care.divide, name="divide_artist"),
    path("artists/joins/<uuid:merge_id>/undo/", artist_care.undo_join, name="undo_join"),
    path("batches/", batches.batches, name="batches"),
    path("batches/upload/", batches.upload, name="upload"),
    path("batches/paste/", batches.paste, name="paste"),
    path("batches/<uuid:batch_id>/", batches.batch, name="batch"),
    path("batches/<uuid:batch_id>/rejects/", batches.rejects, name="rejects"),
    path("exports/", exports.exports, name="exports"),
    path("exports/start/", exports.start, name="start_export"),
    path("exports/<uuid:job_id>/download/", exports.download, name="download_export"),
    path("quality/", quality.quality, name="quality"),
    path("quality/limits/", quality.band_limits, name="band_limits"),
    path("guidelines/", guidelines.guidelines, name="guidelines"),
]
