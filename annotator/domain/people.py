"""What is kept about a person: told to them, and taken out where they leave."""

from collections.abc import Iterator
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils.translation import gettext as _

from annotator.domain.audit import record
from annotator.enums import AuditAction
from annotator.exceptions import NotAllowed
from annotator.models import ApiToken, AuditEntry, Lease, User, Verdict

ACCOUNT = (
    "username", "first_name", "last_name", "email", "role", "language", "is_active", "is_staff", "is_superuser", "date_joined",
    "last_login", "oidc_subject", "review_keys", "single_keys",
)  # fmt: skip
SIGN_INS = (AccessAttempt, AccessFailureLog, AccessLog)
ERASED = "erased-{pk}"


def person_records(user: User) -> Iterator[dict[str, Any]]:
    """Everything that is kept about this person, as JSON values, one record after the other: {"kind": ..., ...}.

    The account, sign-ins, tokens (without what opens them), what the audit log tells, and verdicts with their titles.
    """
    yield {"kind": "account"} | {name: _plain(getattr(user, name)) for name in ACCOUNT}
    for model in SIGN_INS:
        for row in model.objects.filter(username=user.username).order_by("pk"):
            yield {
                "kind": "sign_in",
                "at": _plain(row.attempt_time),
                "address": row.ip_address,
                "browser": row.user_agent,
            }
    for token in ApiToken.objects.filter(user=user).order_by("created"):
        yield {"kind": "token", "name": token.name, "made": _plain(token.created), "ends": _plain(token.expiry)}
    for entry in AuditEntry.objects.filter(actor=user).order_by("pk").iterator(chunk_size=2000):
        told = {
            "action": entry.action,
            "subject": entry.subject_name,
            "details": entry.details,
            "address": entry.address,
        }
        yield {"kind": "audit", "at": _plain(entry.at)} | told
    verdicts = Verdict.objects.filter(reviewer=user).order_by("created_at", "pk").select_related("title")
    for verdict in verdicts.iterator(chunk_size=2000):
        told = {
            "action": verdict.action,
            "title": verdict.title.text,
            "spans": verdict.spans,
            "comment": verdict.comment,
        }
        yield {"kind": "verdict", "at": _plain(verdict.created_at), "elapsed_ms": verdict.elapsed_ms} | told


@transaction.atomic
def erase_person(user: User, *, actor: User | None) -> str:
    """Takes out who it was, and returns the name that stands in its place: name, address of mail, password, tokens, sessions, sign-ins
    and keys are gone, the account is closed for good, cards in hand go back.

    Verdicts and the audit log stay, under the new name: others rest on them. What stands in free text (comments, the names that a failed
    sign-in was tried with) stays as well. Twice is as once. actor None: the shell. Raises NotAllowed for somebody who is no lead, and
    (code last_admin) for the last account that may open the administration.
    """
    if actor is not None and not actor.is_lead:
        raise NotAllowed(_("Only leads take out a person."))
    user = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    name = ERASED.format(pk=user.pk)
    if user.username == name:
        return name
    others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=user.pk)
    if user.is_superuser and not others.exists():
        raise NotAllowed(_("This is the last account that may open the administration."), code="last_admin")
    for model in SIGN_INS:
        model.objects.filter(username=user.username).delete()
    ApiToken.objects.filter(user=user).delete()
    Lease.objects.filter(reviewer=user).delete()
    _end_sessions(user)
    _make_anonymous(user, name)
    record(AuditAction.PERSON_ERASED, actor=actor, subject=user)
    return name


def _make_anonymous(user: User, name: str) -> None:
    user.username, user.first_name, user.last_name, user.email, user.language = name, "", "", "", ""
    user.review_keys, user.single_keys, user.oidc_subject = {}, True, ""
    user.is_active = user.is_staff = user.is_superuser = False
    user.set_unusable_password()
    user.save()
    user.groups.clear()
    user.user_permissions.clear()


def _end_sessions(user: User) -> None:
    for session in Session.objects.iterator(chunk_size=500):
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
