"""Tokens of the API."""

from collections.abc import Collection
from datetime import timedelta

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from annotator.domain.audit import record
from annotator.enums import Area, AuditAction, Role
from annotator.exceptions import InvalidToken, NotAllowed
from annotator.models import ApiToken, User


@transaction.atomic
def create_client_token(
    *, actor: User | None, name: str, lifetime: timedelta | None, scopes: Collection[str] = ()
) -> tuple[ApiToken, str]:
    """A token for the client service `name`, and its secret, which is stored nowhere: show it once.

    It acts as an account of the service's own, made on the first call and without a password: a renewed token sees the same batches.
    Without a lifetime it never expires; without scopes (values of Area) it may do all that its account may. Twice is two tokens.
    Raises NotAllowed (not a lead; None is whoever has a shell here), InvalidToken (unusable_name, name_taken, unknown_scope).
    """
    _refuse_unless_lead(actor)
    slug = slugify(name, allow_unicode=True)
    if not slug:
        raise InvalidToken(_("The name needs a letter or a digit."), code="unusable_name", field="name")
    username = f"client-{slug}"[:150]
    account, created = User.objects.get_or_create(username=username, defaults={"role": Role.CLIENT})
    if created:
        account.set_unusable_password()
        account.save(update_fields=["password"])
    if account.role != Role.CLIENT or not account.is_active:
        message = _("“%(username)s” is the account of somebody else.") % {"username": username}
        raise InvalidToken(message, code="name_taken", field="name")
    return _make(account, actor, name, lifetime, scopes)


@transaction.atomic
def create_own_token(
    *, actor: User, name: str, lifetime: timedelta | None, scopes: Collection[str] = ()
) -> tuple[ApiToken, str]:
    """A token that acts as the lead who makes it, and its secret. Raises NotAllowed (not a lead), InvalidToken (unknown_scope)."""
    _refuse_unless_lead(actor)
    return _make(actor, actor, name, lifetime, scopes)


@transaction.atomic
def revoke_token(digest: str, *, actor: User) -> bool:
    """Ends a token at once. False when there is none (any more): revoking twice is harmless. Leads only (NotAllowed)."""
    _refuse_unless_lead(actor)
    token = ApiToken.objects.select_for_update(of=("self",)).filter(digest=digest).first()
    if token is None:
        return False
    record(AuditAction.TOKEN_REVOKED, actor=actor, name=token.name, token=token.token_key, user=token.user.username)
    token.delete()
    return True


def _make(
    account: User, actor: User | None, name: str, lifetime: timedelta | None, scopes: Collection[str]
) -> tuple[ApiToken, str]:
    unknown = sorted(set(scopes) - set(Area.values))
    if unknown:
        message = _("There is no scope “%(name)s”.") % {"name": unknown[0]}
        raise InvalidToken(message, code="unknown_scope", field="scopes")
    kept = [area for area in Area.values if area in scopes]
    token, secret = ApiToken.objects.create(account, expiry=lifetime, name=name, scopes=kept)
    days = lifetime.days if lifetime else None
    told = {"name": name, "token": token.token_key, "user": account.username, "days": days, "scopes": kept}
    record(AuditAction.TOKEN_MADE, actor=actor, **told)
    return token, secret


def _refuse_unless_lead(actor: User | None) -> None:
    if actor is not None and not actor.is_lead:
        raise NotAllowed(_("Only leads manage tokens."))
