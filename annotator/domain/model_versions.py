"""Which checkpoints the desk knows, and which of them is active."""

import shutil
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
from ner_core.artifacts import MANIFEST, Artifact, ArtifactError, adopt_checkpoint, load_artifact


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

    Nothing is left behind when it is refused or the process dies. Raises InvalidCheckpoint with the artifact's code.
    """
    return _adopt(partial(_copy_files, directory), name=name or directory.resolve().name, origin=origin)


def pull_checkpoint(repository: str, *, name: str = "") -> ModelVersion:
    """add_checkpoint for a repository of the model hub. Raises HubUnreachable or InvalidCheckpoint."""
    name = name or repository.rpartition("/")[2]
    return _adopt(partial(fetch_checkpoint, repository), name=name, origin=ModelOrigin.PULLED)


def _adopt(fill: Callable[[Path], None], *, name: str, origin: ModelOrigin) -> ModelVersion:
    settings.MODELS_DIR.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=settings.MODELS_DIR, prefix=".incoming-") as scratch:
        target = Path(scratch) / "checkpoint"
        target.mkdir()
        fill(target)
        artifact = _checked(target, name)
        home = settings.MODELS_DIR / artifact.fingerprint[:12]
        if not home.exists():
            target.rename(home)
    return _register(artifact, directory=home.name, origin=origin)


def _checked(directory: Path, name: str) -> Artifact:
    try:
        return load_artifact(directory) if (directory / MANIFEST).exists() else adopt_checkpoint(directory, name=name)
    except (ArtifactError, ValueError) as error:
        raise InvalidCheckpoint(str(error), code=getattr(error, "code", "unusable_name")) from error


def _copy_files(source: Path, target: Path) -> None:
    """Plain files of the directory itself; links and directories are left out, so nothing from elsewhere comes along."""
    if not source.is_dir():
        raise InvalidCheckpoint(_("%(path)s is not a directory.") % {"path": source}, code="artifact_missing")
    for path in source.iterdir():
        if path.is_file() and not path.is_symlink():
            shutil.copyfile(path, target / path.name)


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


@transaction.atomic
def promote_model(version: ModelVersion) -> ModelVersion:
    """Makes this version the active one and retires the one before, in one step. The active version again changes nothing."""
    locked = {row.pk: row for row in ModelVersion.objects.select_for_update().order_by("pk")}
    version = locked[version.pk]
    if version.state == ModelState.ACTIVE:
        return version
    ModelVersion.objects.filter(state=ModelState.ACTIVE).update(state=ModelState.RETIRED)
    version.state, version.activated_at = ModelState.ACTIVE, timezone.now()
    version.save(update_fields=["state", "activated_at"])
    return version


@transaction.atomic
def rollback_model() -> ModelVersion:
    """Makes the version that was active before the present one active again. Raises ModelUnavailable (code no_former_model)."""
    former = ModelVersion.objects.filter(state=ModelState.RETIRED, activated_at__isnull=False).order_by("-activated_at")
    version = former.first()
    if version is None:
        raise ModelUnavailable(_("No other model version was active before."), code="no_former_model")
    return promote_model(version)


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
