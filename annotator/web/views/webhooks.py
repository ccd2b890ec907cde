"""Services that are told what happens, and what they were told: for leads."""

from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from annotator import jobs
from annotator.domain.queries.webhooks import list_deliveries, list_webhooks
from annotator.domain.webhooks.registry import add_webhook, change_webhook, events_of, remove_webhook, renew_secret
from annotator.domain.webhooks.signing import secret_of
from annotator.exceptions import InvalidWebhook
from annotator.models import Delivery, Webhook
from annotator.web.access import lead_required
from annotator.web.http import DeskRequest, query_without_place, render_part
from annotator.web.paging import keyset_page
from annotator.web.webhook_forms import ChangeWebhookForm, DeliveryFilterForm, WebhookForm

LIST_ROWS = 20
SHOWN_ONCE = "webhook_shown_once"


@require_GET
@lead_required
def webhooks(request: DeskRequest) -> HttpResponse:
    return _show_all(request, WebhookForm())


@require_POST
@lead_required
def add(request: DeskRequest) -> HttpResponse:
    form = WebhookForm(request.POST)
    if not form.is_valid():
        return _show_all(request, form, status=422)
    try:
        hook, _secret = add_webhook(actor=request.user, **form.cleaned_data)
    except InvalidWebhook as error:
        form.add_error(error.field, error.message)
        return _show_all(request, form, status=422)
    return _to_secret(request, hook)


@require_GET
@lead_required
def webhook(request: DeskRequest, hook_id: UUID) -> HttpResponse:
    hook = get_object_or_404(Webhook, pk=hook_id)
    shows_secret = request.session.pop(SHOWN_ONCE, "") == str(hook.pk)
    return _show(request, hook, secret=secret_of(hook) if shows_secret else "")


@require_POST
@lead_required
def change(request: DeskRequest, hook_id: UUID) -> HttpResponse:
    hook = get_object_or_404(Webhook, pk=hook_id)
    form = ChangeWebhookForm(request.POST)
    if not form.is_valid():
        return _show(request, hook, form=form, status=422)
    try:
        change_webhook(hook, actor=request.user, **form.cleaned_data)
    except InvalidWebhook as error:
        form.add_error(error.field, error.message)
        return _show(request, hook, form=form, status=422)
    except Webhook.DoesNotExist:  # another lead has just removed it
        raise Http404 from None
    messages.success(request, _("Saved."))
    return redirect("webhook", hook_id)


@require_POST
@lead_required
def secret(request: DeskRequest, hook_id: UUID) -> HttpResponse:
    hook = get_object_or_404(Webhook, pk=hook_id)
    try:
        renew_secret(hook, actor=request.user)
    except Webhook.DoesNotExist:
        raise Http404 from None
    return _to_secret(request, hook)


@require_POST
@lead_required
def remove(request: DeskRequest, hook_id: UUID) -> HttpResponse:
    """Twice is once: who comes second finds it gone."""
    for hook in Webhook.objects.filter(pk=hook_id):
        remove_webhook(hook, actor=request.user)
        messages.success(request, _("“%(name)s” is told nothing any more.") % {"name": hook.name})
    return redirect("webhooks")


@require_POST
@lead_required
def trial(request: DeskRequest, hook_id: UUID) -> HttpResponse:
    hook = get_object_or_404(Webhook, pk=hook_id)
    jobs.start_trial(hook, actor=request.user)
    messages.success(request, _("A trial is on its way."))
    return redirect("webhook", hook_id)


@require_POST
@lead_required
def again(request: DeskRequest, hook_id: UUID) -> HttpResponse:
    """All that failed, or the one message that is named."""
    hook = get_object_or_404(Webhook, pk=hook_id)
    named = request.POST.get("delivery")
    chosen = get_object_or_404(Delivery, webhook=hook, pk=_uuid(named)) if named else None
    count = jobs.start_again(hook, actor=request.user, delivery_id=chosen.pk if chosen else None)
    told = ngettext("%(count)d message is sent again.", "%(count)d messages are sent again.", count)
    messages.success(request, told % {"count": count})
    return redirect("webhook", hook_id)


def _to_secret(request: DeskRequest, hook: Webhook) -> HttpResponse:
    """To the page of the webhook, which shows the secret this once: loading it again makes no second one."""
    request.session[SHOWN_ONCE] = str(hook.pk)
    return redirect("webhook", hook.pk)


def _uuid(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None


def _show_all(request: DeskRequest, form: Form, *, status: int = 200) -> HttpResponse:
    rows = [{"hook": hook, "events": events_of(hook)} for hook in list_webhooks()]
    return render(request, "webhooks/page.html", {"form": form, "rows": rows}, status=status)


@never_cache
def _show(
    request: DeskRequest, hook: Webhook, *, form: Form | None = None, secret: str = "", status: int = 200
) -> HttpResponse:
    filters = DeliveryFilterForm(request.GET)
    rows = list_deliveries(hook, **filters.criteria())
    context = {
        "hook": hook,
        "form": form or ChangeWebhookForm.of(hook),
        "filters": filters,
        "secret": secret,
        "page": keyset_page(rows, ["-created_at", "-pk"], request.GET, size=LIST_ROWS),
        "query": query_without_place(request.GET),
    }
    return render_part(request, "webhooks/hook.html", "webhooks/_deliveries.html", context, status=status)
