"""System checks: settings that contradict each other are told at start, with what to set."""

from typing import Any

from django.conf import settings
from django.core.checks import Error, register


@register
def check_band_limits(app_configs: Any, **kwargs: Any) -> list[Error]:  # noqa: ARG001  Django's signature
    if settings.BAND_MIDDLE <= settings.BAND_HIGH:
        return []
    hint = f"Set BAND_MIDDLE (now {settings.BAND_MIDDLE}) at or below BAND_HIGH (now {settings.BAND_HIGH})."
    return [Error("The middle band begins above the high band.", hint=hint, id="lineup.E001")]


@register
def check_lease(app_configs: Any, **kwargs: Any) -> list[Error]:  # noqa: ARG001  Django's signature
    if settings.LEASE_SECONDS >= 30 and settings.LEASE_CARDS >= 1:
        return []
    hint = "Set LEASE_SECONDS to 30 or more and LEASE_CARDS to 1 or more."
    return [Error("Reviewers could not keep a card long enough to read it.", hint=hint, id="lineup.E002")]
