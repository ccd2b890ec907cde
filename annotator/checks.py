"""System checks: settings that contradict each other, or the machine, are told at start, with what to set."""

import os
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004  Django's name

from annotator.enums import Label, Role
from annotator.settings.misspelt import misspelt_variables

BROKERS = ("redis://", "rediss://", "unix://")
SECRET_CHARS, SECRET_VARIETY = 32, 8


@register
def check_band_limits(app_configs: Any, **kwargs: Any) -> list[Error]:  # noqa: ARG001  Django's signature
    if settings.BAND_MIDDLE <= settings.BAND_HIGH:
        return []
    hint = f"Set BAND_MIDDLE (now {settings.BAND_MIDDLE}) at or below BAND_HIGH (now {settings.BAND_HIGH})."
    return [Error("The middle band begins above the high band.", hint=hint, id="lineup.E001")]


@register
def check_limits_of_labels(app_configs: Any, **kwargs: Any) -> list[Error]:  # noqa: ARG001  Django's signature
    wrong = [
        f"{label}={limit:g}" for label, limit in settings.BAND_HIGH_PER_LABEL.items() if not _is_limit(label, limit)
    ]
    if not wrong:
        return []
    hint = f"Give BAND_HIGH_PER_LABEL labels out of {', '.join(Label.values)} with limits from {settings.BAND_HIGH:g} (BAND_HIGH) to 1."
    return [Error(f"BAND_HIGH_PER_LABEL cannot be used: {', '.join(wrong)}.", hint=hint, id="lineup.E003")]


def _is_limit(label: str, limit: float) -> bool:
    return label in Label.values and settings.BAND_HIGH <= limit <= 1


@register
def check_lease(app_configs: Any, **kwargs: Any) -> list[Error]:  # noqa: ARG001  Django's signature
    if settings.LEASE_SECONDS >= 30 and settings.LEASE_CARDS >= 1:
        return []
    hint = "Set LEASE_SECONDS to 30 or more and LEASE_CARDS to 1 or more."
    return [Error("Reviewers could not keep a card long enough to read it.", hint=hint, id="lineup.E002")]


@register
def check_times_of_tasks(app_configs: Any, **kwargs: Any) -> list[Error]:  # noqa: ARG001  Django's signature
    visible = settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]
    found = []
    if visible <= settings.CELERY_TASK_TIME_LIMIT:
        hint = f"Set TASK_VISIBILITY_SECONDS (now {visible}) above TASK_TIME_LIMIT_SECONDS (now {settings.CELERY_TASK_TIME_LIMIT})."
        found.append(
            Error("A task that is still running would be given to a second worker.", hint=hint, id="lineup.E004")
        )
    if settings.JOB_SILENT_SECONDS <= settings.RECOVERY_SECONDS:
        hint = f"Set JOB_SILENT_SECONDS (now {settings.JOB_SILENT_SECONDS}) above RECOVERY_SECONDS (now {settings.RECOVERY_SECONDS})."
        found.append(Error("A running job would be taken for lost at the first look.", hint=hint, id="lineup.E005"))
    return found


@register
def check_directories(app_configs: Any, **kwargs: Any) -> list[Error]:  # noqa: ARG001  Django's signature
    return [
        Error(
            f"The desk cannot write to {directory}.",
            hint=f"Set {name} to a directory that the user {os.geteuid()} may write to, or give it that right.",
            id="lineup.E006",
        )
        for name, directory in (("VAR_DIR", settings.VAR_DIR), ("MODELS_DIR", settings.MODELS_DIR))
        if not _can_be_written(Path(directory))
    ]


def _can_be_written(directory: Path) -> bool:
    """A directory that is not there yet is made in the nearest that is."""
    there = next(place for place in (directory, *directory.parents) if place.exists())
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


@register
def check_engine(app_configs: Any, **kwargs: Any) -> list[Error]:  # noqa: ARG001  Django's signature
    if find_spec(settings.TAGGER_ENGINE.partition("-")[0]):  # an engine begins with the name of its package
        return []
    hint = "Set TAGGER_ENGINE to an engine whose package is here, or install requirements.txt: the images web and worker hold no torch."
    return [Error(f"No title can be read: {settings.TAGGER_ENGINE} is not installed.", hint=hint, id="lineup.E007")]


@register
def check_secret(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:  # noqa: ARG001  Django's signature
    key = settings.SECRET_KEY
    if len(key) >= SECRET_CHARS and len(set(key)) >= SECRET_VARIETY:
        return []
    in_production = settings.SESSION_COOKIE_SECURE
    hint = "Set SECRET_KEY to what `head -c 48 /dev/urandom | base64` prints."
    kind = Error if in_production else Warning
    return [
        kind(
            "SECRET_KEY can be guessed: sessions could be forged.",
            hint=hint,
            id="lineup.E008" if in_production else "lineup.W001",
        )
    ]


@register
def check_broker(app_configs: Any, **kwargs: Any) -> list[Error]:  # noqa: ARG001  Django's signature
    if not settings.REDIS_URL or settings.REDIS_URL.startswith(BROKERS):
        return []
    hint = "Set REDIS_URL to redis://HOST:6379/0 (with TLS: rediss://), or leave it away to run the embedded broker with manage.py up."
    return [Error("REDIS_URL names no Redis.", hint=hint, id="lineup.E009")]


@register
def warn_of_what_is_likely_wrong(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:  # noqa: ARG001  Django's signature
    return list(_warnings(os.environ))


def _warnings(variables: Iterable[str]) -> Iterator[CheckMessage]:
    for name, known in misspelt_variables(variables).items():
        yield Warning(
            f"The variable {name} is no setting of the desk.", hint=f"Did you mean {known}?", id="lineup.W002"
        )
    if settings.SESSION_COOKIE_SECURE and "*" in settings.ALLOWED_HOSTS:
        hint = "Name the hosts in ALLOWED_HOSTS: links in answers are made of the name that a client claims."
        yield Warning("The desk answers to every host name.", hint=hint, id="lineup.W003")
    threads = settings.TAGGER_THREADS * settings.CELERY_WORKER_CONCURRENCY
    if threads > 2 * (os.cpu_count() or threads):
        hint = f"Set TAGGER_THREADS times WORKER_CONCURRENCY (now {threads}) to about the number of processors ({os.cpu_count()})."
        yield Warning("Readings will wait for each other.", hint=hint, id="lineup.W004")


@register
def check_single_sign_on(app_configs: Any, **kwargs: Any) -> list[Error]:  # noqa: ARG001  Django's signature
    if not settings.OIDC_ISSUER:
        return []
    found = []
    if not settings.OIDC_CLIENT_ID or not settings.OIDC_CLIENT_SECRET:
        hint = "Set OIDC_CLIENT_ID and OIDC_CLIENT_SECRET to what the single sign-on service gave you, or unset OIDC_ISSUER."
        found.append(Error("Nobody could sign in at OIDC_ISSUER.", hint=hint, id="lineup.E010"))
    roles = (Role.REVIEWER, Role.LEAD, Role.ADMIN)
    if not set(settings.OIDC_ROLES.values()) <= set(roles):
        hint = f"Write OIDC_ROLES as group=role with roles out of {', '.join(roles)}, with commas between the pairs."
        found.append(Error("OIDC_ROLES names a role that there is not.", hint=hint, id="lineup.E011"))
    return found
