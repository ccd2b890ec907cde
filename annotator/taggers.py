"""The only door from Django to loaded models: one tagger in each process, exchanged after a promotion."""

import gc
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from annotator.domain.model_versions import active_version, checkpoint_directory
from annotator.exceptions import ModelUnavailable
from annotator.models import ModelVersion
from ner_core.artifacts import ArtifactError
from ner_core.microbatch import MicroBatchingTagger
from ner_core.remembering import RememberingTagger
from ner_core.tagger import Tagger, load_tagger

RECHECK_SECONDS = 1.0


@dataclass
class _Loaded:
    tagger: Tagger
    shared: RememberingTagger
    version: ModelVersion
    checked_at: float


_lock = threading.Lock()
_loaded: _Loaded | None = None


def active_tagger() -> tuple[Tagger, ModelVersion]:
    """The active model version, loaded on first use and again within about a second of a promotion.

    Threads share it. A call that is under way keeps the tagger that it was given; while one thread loads a new version the others go on
    with the old one. Raises ModelUnavailable.
    """
    loaded = _active()
    return loaded.tagger, loaded.version


def shared_tagger() -> RememberingTagger:
    """The same for requests of many threads: it knows its last readings, and reads the other texts in common batches; its `tag` raises
    QueueFull."""
    return _active().shared


def _active() -> _Loaded:
    loaded = _loaded
    is_old = loaded is None or time.monotonic() - loaded.checked_at > RECHECK_SECONDS
    if is_old and _lock.acquire(blocking=loaded is None):
        try:
            loaded = _refresh()
        finally:
            _lock.release()
    return loaded


def _refresh() -> _Loaded:
    global _loaded  # noqa: PLW0603  the one place that writes it, under the lock
    now = time.monotonic()
    version = active_version()
    if version is None:
        raise ModelUnavailable(
            _("No model version is active: run manage.py prepare, or manage.py models promote NAME.")
        )
    if _loaded is None or _loaded.version.pk != version.pk:
        tagger = _load(version)
        _loaded = _Loaded(tagger, _for_requests(tagger), version, now)
        _spare_the_collector()
    _loaded.checked_at = now
    return _loaded


def _spare_the_collector() -> None:
    """What is in memory now stays: looking for cycles in it, time and again, takes a fifth of what storing a chunk of readings takes.
    What was a cycle of an earlier tagger goes first. What other threads hold just now stays until the next model is loaded, too."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def _for_requests(tagger: Tagger) -> RememberingTagger:
    batching = MicroBatchingTagger(
        tagger, most_waiting=settings.PREDICT_QUEUE, patience=settings.PREDICT_PATIENCE_SECONDS
    )
    return RememberingTagger(batching, most=settings.PREDICT_REMEMBERED)


def _load(version: ModelVersion) -> Tagger:
    directory = checkpoint_directory(version)
    tagger = load_directory(directory)
    if tagger.version != version.name:
        message = _("%(directory)s holds %(found)s, not %(name)s.")
        values = {"directory": directory, "found": tagger.version, "name": version.name}
        raise ModelUnavailable(message % values, code="artifact_replaced")
    return tagger


def load_directory(directory: Path) -> Tagger:
    """Any checkpoint with a manifest, loaded outside the cache. Raises ModelUnavailable with the artifact's code."""
    try:
        return load_tagger(directory, threads=settings.TAGGER_THREADS, engine=settings.TAGGER_ENGINE)
    except ArtifactError as error:
        raise ModelUnavailable(str(error), code=error.code) from error
