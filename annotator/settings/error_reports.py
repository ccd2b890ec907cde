"""Bugs are reported to a Sentry, or what speaks its language, where SENTRY_DSN names one."""

from typing import Any

NOTHING = {"mode": "off"}
COLLECTED = {
    "user_info": False,
    "cookies": NOTHING,
    "http_headers": {"request": NOTHING},
    "http_bodies": [],
    "url_query_params": NOTHING,
    "database_query_data": False,
    "queues": False,
    "stack_frame_variables": False,
}


def report_errors_to(dsn: str, *, release: str = "", **options: Any) -> None:
    """Without it nothing is loaded or sent. What is sent holds no people, bodies of requests or values of variables: titles may not be
    public yet, and tokens never are."""
    if not dsn:
        return
    import sentry_sdk  # noqa: PLC0415  a third of a second that nobody should wait for who does not use it
    from sentry_sdk.integrations.celery import CeleryIntegration  # noqa: PLC0415  the same
    from sentry_sdk.integrations.django import DjangoIntegration  # noqa: PLC0415  the same

    sentry_sdk.init(
        dsn=dsn,
        release=release or None,
        data_collection=COLLECTED,
        max_breadcrumbs=0,
        integrations=[DjangoIntegration(), CeleryIntegration()],
        before_send=_with_request_id,
        **options,
    )


def _with_request_id(event: dict[str, Any], _hint: dict[str, Any]) -> dict[str, Any]:
    """The id that the log has; and no query string: titles come in it, too (POST /extract_from_realtime?data=...)."""
    from django_guid import get_guid  # noqa: PLC0415  needs Django's settings

    event.setdefault("tags", {})["request_id"] = get_guid()
    event.get("request", {}).pop("query_string", None)
    event.pop("extra", None)  # what a log record carries, such as the request with its whole address
    return event
