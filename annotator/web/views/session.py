"""Signing in and out, and the account page."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.views import LoginView
from django.db import transaction
from django.forms import BaseForm
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from annotator.domain.api_tokens import create_client_token, create_own_token, revoke_token
from annotator.domain.audit import record
from annotator.enums import AuditAction
from annotator.exceptions import InvalidToken
from annotator.models import ApiToken
from annotator.web.access import lead_required, reviewer_required
from annotator.web.forms import LanguageForm, PasswordForm, TokenForm
from annotator.web.http import DeskRequest
from annotator.web.language import remember_language


class SignIn(LoginView):
    """Django's sign-in, which then speaks the user's own language."""

    template_name = "registration/sign_in.html"
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        elsewhere = {"single_sign_on": settings.OIDC_ISSUER, "single_sign_on_name": settings.OIDC_NAME}
        return super().get_context_data(**kwargs) | elsewhere

    def form_valid(self, form: BaseForm) -> HttpResponse:
        response = super().form_valid(form)
        if self.request.user.language:
            remember_language(response, self.request.user.language)
        return response


@require_GET
@reviewer_required
def home(request: DeskRequest) -> HttpResponse:
    """Reviewers start with a card, leads with the overview."""
    return redirect("queue" if request.user.is_lead else "review")


@require_GET
@reviewer_required
def account(request: DeskRequest) -> HttpResponse:
    return _show_account(request)


@require_POST
@reviewer_required
def change_language(request: DeskRequest) -> HttpResponse:
    form = LanguageForm(request.POST, instance=request.user)
    if not form.is_valid():
        return _show_account(request, language_form=form)
    language = form.save().language
    with override(language or None):
        messages.success(request, _("Language saved."))
    response = redirect("account")
    remember_language(response, language)
    return response


@sensitive_post_parameters()
@require_POST
@reviewer_required
def change_password(request: DeskRequest) -> HttpResponse:
    form = PasswordForm(request.user, request.POST)
    if not form.is_valid():
        return _show_account(request, password_form=form)
    with transaction.atomic():
        user = form.save()
        record(AuditAction.PASSWORD_CHANGED, actor=user)
    update_session_auth_hash(request, user)
    messages.success(request, _("Password changed. Other browsers are signed out."))
    return redirect("account")


@require_POST
@lead_required
def add_token(request: DeskRequest) -> HttpResponse:
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _show_account(request, token_form=form)
    create = create_own_token if form.cleaned_data["rights"] == "own" else create_client_token
    try:
        token, secret = create(actor=request.user, lifetime=form.lifetime, **form.wanted)
    except InvalidToken as error:
        form.add_error(error.field, error.message)
        return _show_account(request, token_form=form)
    return _show_account(request, new_token=token, secret=secret)


@require_POST
@lead_required
def remove_token(request: DeskRequest) -> HttpResponse:
    revoke_token(request.POST.get("token", ""), actor=request.user)
    messages.success(request, _("Token revoked."))
    return redirect("account")


@never_cache
def _show_account(request: DeskRequest, **extra: object) -> HttpResponse:
    context = {
        "language_form": LanguageForm(instance=request.user),
        "password_form": PasswordForm(request.user),
        "token_form": TokenForm(),
    }
    if request.user.is_lead:
        context["tokens"] = ApiToken.objects.select_related("user").order_by("-created")
    has_errors = any(form.errors for form in extra.values() if isinstance(form, BaseForm))
    return render(request, "session/account.html", context | extra, status=422 if has_errors else 200)
