"""The keys of the review page, each person's own."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from annotator.domain.review_keys import save_review_keys
from annotator.exceptions import InvalidKeys
from annotator.web.access import reviewer_required
from annotator.web.forms import KeysForm
from annotator.web.http import DeskRequest
from annotator.web.key_words import action_groups


@require_http_methods(["GET", "HEAD", "POST"])
@reviewer_required
def keys(request: DeskRequest) -> HttpResponse:
    """The form; POST saves it, or with "reset" goes back to the keys that everybody starts with."""
    if request.method != "POST":
        return _show(request, KeysForm(user=request.user))
    if "reset" in request.POST:
        save_review_keys(request.user, keys={}, single_keys=True)
        messages.success(request, _("The keys are as everybody has them at first."))
        return redirect("review_keys")
    form = KeysForm(request.POST, user=request.user)
    if not _save(form, request):
        return _show(request, form, status=422)
    messages.success(request, _("Keys saved."))
    return redirect("review_keys")


def _save(form: KeysForm, request: DeskRequest) -> bool:
    if not form.is_valid():
        return False
    try:
        save_review_keys(request.user, keys=form.keys(), single_keys=form.cleaned_data["single_keys"])
    except InvalidKeys as error:
        form.add_error(error.field, error.message)
    return form.is_valid()


def _show(request: DeskRequest, form: KeysForm, *, status: int = 200) -> HttpResponse:
    groups = [(heading, [form[action] for action in actions]) for heading, actions in action_groups()]
    return render(request, "session/keys.html", {"form": form, "groups": groups}, status=status)
