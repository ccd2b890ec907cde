"""Whose account a person has whom another service vouches for (OpenID Connect)."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from annotator.domain.audit import record
from annotator.enums import AuditAction, Role
from annotator.exceptions import SignInRefused
from annotator.models import User

HIGHEST_FIRST = (Role.ADMIN, Role.LEAD, Role.REVIEWER)
USERNAME_MAX_CHARS = 150


def account_for(claims: Mapping[str, Any]) -> User:
    """The account of whom these claims, already verified, are about.

    Known by `sub`; the first time by a mail address that the service says is verified. With OIDC_ROLES the groups of the person decide the
    role at every sign-in, and who has no account gets one; without, only those with an account come in. Raises SignInRefused (no_role,
    no_account, account_closed, use_password: accounts that open the administration).

    Two first sign-ins at once are one account, or two names where two people have the same.
    """
    try:
        return _account_for(claims)
    except IntegrityError:  # another one has just taken the name, or made the account
        return _account_for(claims)


@transaction.atomic
def _account_for(claims: Mapping[str, Any]) -> User:
    role = _role_of(claims)
    account = _known(str(claims["sub"])) or _by_mail(claims)
    if account is None:
        if role is None:
            raise SignInRefused(_("You have no account here. A lead can make one for you."), code="no_account")
        account = _make(claims, role)
    if not account.is_active or account.is_client:
        raise SignInRefused(_("Your account here is closed."), code="account_closed")
    if account.is_superuser:
        raise SignInRefused(_("This account opens the administration: sign in with its password."), code="use_password")
    return _brought_up_to_date(account, claims, role)


def _role_of(claims: Mapping[str, Any]) -> Role | None:
    """None where roles are not decided elsewhere."""
    if not settings.OIDC_ROLES:
        return None
    given = claims.get(settings.OIDC_ROLE_CLAIM)
    listed = [given] if isinstance(given, str) else given if isinstance(given, list) else []
    groups = {str(group) for group in listed}
    roles = {settings.OIDC_ROLES[group] for group in groups & settings.OIDC_ROLES.keys()}
    for role in HIGHEST_FIRST:
        if role in roles:
            return role
    raise SignInRefused(_("None of your groups has a role here."), code="no_role")


def _known(subject: str) -> User | None:
    return User.objects.select_for_update(of=("self",)).filter(oidc_subject=subject).first()


def _by_mail(claims: Mapping[str, Any]) -> User | None:
    """An address that nobody verified would let anybody into any account; one that two accounts have says nothing."""
    mail = _verified_mail(claims)
    if not mail:
        return None
    unclaimed = User.objects.select_for_update(of=("self",)).filter(email__iexact=mail, oidc_subject="")
    found = list(unclaimed.exclude(role=Role.CLIENT)[:2])
    return found[0] if len(found) == 1 else None


def _verified_mail(claims: Mapping[str, Any]) -> str:
    return _printable(claims.get("email") or "") if claims.get("email_verified") is True else ""


def _make(claims: Mapping[str, Any], role: Role) -> User:
    account = User(username=_free_name(claims), role=role, oidc_subject=str(claims["sub"]))
    account.set_unusable_password()
    account.save()
    record(AuditAction.USER_CHANGED, actor=None, subject=account, by="single sign-on", role=role, made=True)
    return account


def _free_name(claims: Mapping[str, Any]) -> str:
    """As the service calls the person; with a number where somebody has that name."""
    wanted = _printable(claims.get("preferred_username") or claims.get("email") or claims["sub"])
    wanted = wanted[: USERNAME_MAX_CHARS - 8] or "somebody"
    name, number = wanted, 1
    while User.objects.filter(username=name).exists():
        number += 1
        name = f"{wanted}-{number}"
    return name


def _brought_up_to_date(account: User, claims: Mapping[str, Any], role: Role | None) -> User:
    fields: dict[str, Any] = {"oidc_subject": str(claims["sub"])}
    if mail := _verified_mail(claims):
        fields["email"] = mail
    for field, claim in (("first_name", "given_name"), ("last_name", "family_name")):
        if claims.get(claim):
            fields[field] = _printable(claims[claim])
    if role is not None:
        fields["role"] = role
    changed = sorted(field for field, value in fields.items() if getattr(account, field) != value)
    if changed:
        for field in changed:
            setattr(account, field, fields[field])
        account.save(update_fields=changed)
        record(
            AuditAction.USER_CHANGED,
            actor=None,
            subject=account,
            by="single sign-on",
            fields=changed,
            role=account.role,
        )
    return account


def _printable(value: object) -> str:
    return "".join(char for char in str(value) if char.isprintable())[:USERNAME_MAX_CHARS]
