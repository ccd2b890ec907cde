"""Which checkpoints the desk knows, and which of them is active."""

import errno
import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.domain.hub import fetch_checkpoint
from annotator.enums import ModelOrigin, ModelState
from annotator.exceptions import InvalidCheckpoint, ModelUnavailable
from annotator.models import ModelVersion
from ner_core.artifacts import (
    KNOWN_FILES,
    MANIFEST,
    PICKLES,
    WEIGHTS,
    Artifact,
    ArtifactError,
    adopt_checkpoint,
    load_artifact,
    rewrite_manifest,
)
from ner_core.lattice import DecodingError
from ner_core.tagger import load_tagger

PROBE = "Ana Torres live in Lisbon, 12 May"
INCOMING = ".incoming-"
ABANDONED_AFTER_SECONDS = 24 * 3600


def ensure_starter() -> ModelVersion:
    """Registers the built-in checkpoint, and makes it active where nothing or an older built-in one is. Safe to repeat.

    Raises ModelUnavailable when its files are damaged.
    """
    try:
        artifact = load_artifact(settings.STARTER_DIR)
    except ArtifactError as error:
        raise ModelUnavailable(str(error), code=error.code) from error
    version = _register(artifact, directory=str(settings.STARTER_DIR), origin=ModelOrigin.STARTER)
    with transaction.atomic():
        active = active_version()
        if active is None or (active.origin == ModelOrigin.STARTER and version.state == ModelState.CANDIDATE):
            return promote_model(version)
    return version


def add_checkpoint(directory: Path, *, name: str = "", origin: ModelOrigin = ModelOrigin.ADDED) -> ModelVersion:
    """Copies a checkpoint directory to MODELS_DIR and registers it as a candidate; the same checkpoint again is the same row.

    It has read a title before it is registered. Nothing is left behind when it is refused; what a killed process leaves is
    removed by a later call, a day after. Without `name` it keeps that of its manifest, else takes that of its directory.
    Raises InvalidCheckpoint with the artifact's code, unusable_name, unusable_readings, or file_not_written (the disk is full).
    """
    return _adopt(partial(_copy_files, directory), name=name, fallback=directory.resolve().name, origin=origin)


def pull_checkpoint(repository: str, *, name: str = "") -> ModelVersion:
    """add_checkpoint for a repository of the model hub. Raises HubUnreachable or InvalidCheckpoint."""
    fallback = repository.rpartition("/")[2]
    return _adopt(partial(fetch_checkpoint, repository), name=name, fallback=fallback, origin=ModelOrigin.PULLED)


def _adopt(fill: Callable[[Path], None], *, name: str, fallback: str, origin: ModelOrigin) -> ModelVersion:
    settings.MODELS_DIR.mkdir(parents=True, exist_ok=True)
    _remove_abandoned()
    with TemporaryDirectory(dir=settings.MODELS_DIR, prefix=INCOMING) as scratch:
        target = Path(scratch) / "checkpoint"
        target.mkdir()
        _fill(fill, target)
        artifact = _checked(target, name, fallback)
        home = settings.MODELS_DIR / artifact.fingerprint[:12]
        if not _holds(home, artifact.fingerprint):
            _move_in(target, home)
    return _register(artifact, directory=home.name, origin=origin)


def _fill(fill: Callable[[Path], None], target: Path) -> None:
    try:
        fill(target)
    except OSError as error:
        if error.errno is None:  # not of a file
            raise
        raise InvalidCheckpoint(str(error), code="file_not_written") from error


def _checked(directory: Path, name: str, fallback: str) -> Artifact:
    """The artifact, after it has read a title: weights that do not fit are refused here and not when it is promoted."""
    try:
        if not (directory / MANIFEST).exists():
            artifact = adopt_checkpoint(directory, name=name or fallback)
        else:
            artifact = load_artifact(directory)
            artifact = rewrite_manifest(artifact, name=name) if name else artifact
        load_tagger(directory, threads=settings.TAGGER_THREADS, verify=False, engine=settings.TAGGER_ENGINE).tag(
            [PROBE]
        )
    except ArtifactError as error:
        raise InvalidCheckpoint(_without(directory, error), code=error.code) from error
    except DecodingError as error:
        raise InvalidCheckpoint(str(error), code="unusable_readings") from error
    except ValueError as error:
        raise InvalidCheckpoint(str(error), code="unusable_name", field="name") from error
    return artifact


def _without(directory: Path, error: ArtifactError) -> str:
    """The message without the path of our own copy, which is gone when somebody reads it."""
    return str(error).replace(f"{directory.resolve()}/", "").replace(str(directory.resolve()), "the checkpoint")


def _holds(home: Path, fingerprint: str) -> bool:
    try:
        return load_artifact(home).fingerprint == fingerprint
    except ArtifactError:
        return False


def _move_in(target: Path, home: Path) -> None:
    """What stands at `home` is damaged, or was put there whole by another process a moment ago."""
    if home.exists():
        home.rename(target.with_name("damaged"))
    try:
        target.rename(home)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise


def _remove_abandoned() -> None:
    limit = time.time() - ABANDONED_AFTER_SECONDS
    for path in settings.MODELS_DIR.glob(f"{INCOMING}*"):
        if path.stat().st_mtime < limit:
            shutil.rmtree(path, ignore_errors=True)


def _copy_files(source: Path, target: Path) -> None:
    """Only what a checkpoint needs. Links are followed: the caches of the hub's own tools are made of them."""
    if not source.is_dir():
        raise InvalidCheckpoint(_("%(path)s is not a directory.") % {"path": source}, code="artifact_missing")
    pickles = sorted(path.name for path in source.iterdir() if path.suffix in PICKLES)
    if pickles and not (source / WEIGHTS).exists():
        message = _(
            "%(path)s holds its weights as %(names)s, which can run code when read; convert them to %(wanted)s."
        )
        values = {"path": source, "names": ", ".join(pickles), "wanted": WEIGHTS}
        raise InvalidCheckpoint(message % values, code="artifact_incompatible")
    for name in (*KNOWN_FILES, MANIFEST):
        if (source / name).is_file():
            shutil.copyfile(source / name, target / name)


def _register(artifact: Artifact, *, directory: str, origin: ModelOrigin) -> ModelVersion:
    version, _created = ModelVersion.objects.get_or_create(
        digest=artifact.fingerprint,
        defaults={
            "name": artifact.version,
            "origin": origin,
            "directory": directory,
            "calibrated": artifact.calibrated,
            "metrics": artifact.metrics,
        },
    )
    return version


def promote_model(version: ModelVersion) -> ModelVersion:
    """Makes this version the active one and retires the one before, in one step. The active version again changes nothing.

    Raises ModelUnavailable when its files are not there whole (the artifact's code) or are others by now (artifact_replaced).
    """
    require_files(version)  # seconds for a large one: not while the database waits
    return activate(version)


@transaction.atomic
def activate(version: ModelVersion, *, instead_of: ModelVersion | None = None) -> ModelVersion:
    """With `instead_of`, only while that one is active: else somebody was faster, and what they made active is the answer."""
    locked = {row.pk: row for row in ModelVersion.objects.select_for_update().order_by("pk")}
    if instead_of and locked[instead_of.pk].state != ModelState.ACTIVE:
        return next(row for row in locked.values() if row.state == ModelState.ACTIVE)
    version = locked[version.pk]
    if version.state == ModelState.ACTIVE:
        return version
    ModelVersion.objects.filter(state=ModelState.ACTIVE).update(state=ModelState.RETIRED)
    version.state, version.activated_at = ModelState.ACTIVE, timezone.now()
    version.save(update_fields=["state", "activated_at"])
    return version


def rollback_model() -> ModelVersion:
    """Makes the version that was active before the present one active again; twice leads back again, but two at once are one.

    Raises ModelUnavailable: no_former_model, and as promote_model.
    """
    active = active_version()
    former = ModelVersion.objects.filter(state=ModelState.RETIRED, activated_at__isnull=False).order_by("-activated_at")
    version = former.first()
    if version is None:
        raise ModelUnavailable(_("No other model version was active before."), code="no_former_model")
    require_files(version)
    return activate(version, instead_of=active)


def require_files(version: ModelVersion) -> None:
    """Raises ModelUnavailable unless the files of this version are there, are those that were registered, and what they say of products in
    8-bit integers holds (int8_differs)."""
    directory = checkpoint_directory(version)
    try:
        found = load_artifact(directory)
    except ArtifactError as error:
        raise ModelUnavailable(str(error), code=error.code) from error
    if found.fingerprint != version.digest:
        message = _("%(directory)s holds %(found)s, not %(name)s.")
        values = {"directory": directory, "found": found.version, "name": version.name}
        raise ModelUnavailable(message % values, code="artifact_replaced")
    if settings.TAGGER_ENGINE == "openvino" and found.int8 is not None and not found.int8.holds:
        message = _(
            "In 8-bit integers %(name)s reads %(same)d %% of the titles the same, too few, or less well: set TAGGER_ENGINE to "
            "openvino-float, which reads without them."
        )
        values = {"name": version.name, "same": found.int8.same * 100}
        raise ModelUnavailable(message % values, code="int8_differs")


def remove_files(directory: Path) -> None:
    """The files of a version that was deleted; renamed first, so that no half of them is ever taken for a checkpoint."""
    doomed = directory.with_name(f"{INCOMING}removed-{directory.name}")
    if directory.is_dir() and directory.parent == settings.MODELS_DIR:
        directory.rename(doomed)
        shutil.rmtree(doomed, ignore_errors=True)


def active_version() -> ModelVersion | None:
    return ModelVersion.objects.filter(state=ModelState.ACTIVE).first()


def find_version(name: str) -> ModelVersion:
    """By its name, whole or up to the @ where that is clear. Raises ModelUnavailable (code unknown_model)."""
    found = list(ModelVersion.objects.filter(name=name)) or list(
        ModelVersion.objects.filter(name__startswith=f"{name}@")
    )
    if len(found) != 1:
        message = _("No single model version is called %(name)s.") % {"name": name}
        raise ModelUnavailable(message, code="unknown_model", field="name")
    return found[0]


def checkpoint_directory(version: ModelVersion) -> Path:
    """Where the files are; the built-in checkpoint moves with the program."""
    return settings.STARTER_DIR if version.origin == ModelOrigin.STARTER else settings.MODELS_DIR / version.directory
