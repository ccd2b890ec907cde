"""Where a request comes from, for the audit log; and what is signed in, out and refused at the door."""

from collections.abc import Callable
from typing import Any

from axes.helpers import get_client_ip_address
from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

from annotator.domain.audit import origin, record
from annotator.enums import AuditAction
from annotator.models import User

USERNAME_MAX_CHARS = 150


class OriginMiddleware:
    """Keeps the address of a request at hand while it is answered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = origin.set(get_client_ip_address(request) or None)
        try:
            return self._get_response(request)
        finally:
            origin.reset(token)


@receiver(user_logged_in)
def note_sign_in(sender: Any, user: User, **kwargs: Any) -> None:  # noqa: ARG001  Django's signature
    record(AuditAction.SIGN_IN, actor=user)


@receiver(user_login_failed)
def note_failure(sender: Any, credentials: dict[str, Any], **kwargs: Any) -> None:  # noqa: ARG001  Django's signature
    record(AuditAction.SIGN_IN_FAILED, actor=None, username=str(credentials.get("username", ""))[:USERNAME_MAX_CHARS])


@receiver(user_locked_out)
def note_pause(sender: Any, username: str | None = None, **kwargs: Any) -> None:  # noqa: ARG001  the signature of axes
    record(AuditAction.LOCKED_OUT, actor=None, username=(username or "")[:USERNAME_MAX_CHARS])
