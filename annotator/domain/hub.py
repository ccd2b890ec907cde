"""Checkpoints of a public model hub."""

from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from annotator.exceptions import HubUnreachable, InvalidCheckpoint
from ner_core.artifacts import KNOWN_FILES, MANIFEST, WEIGHTS

# Never the pickled weights: reading those can run code.
WANTED_FILES = [*KNOWN_FILES, MANIFEST]


def fetch_checkpoint(repository: str, directory: Path) -> None:
    """Downloads the checkpoint's files into `directory`. Raises HubUnreachable, or InvalidCheckpoint (code hub_refused)."""
    from httpx2 import TransportError  # noqa: PLC0415  what huggingface_hub talks through
    from huggingface_hub import HfApi  # noqa: PLC0415  half a second, only for this command
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, OfflineModeIsEnabled  # noqa: PLC0415

    api = HfApi()
    try:
        info = api.model_info(repository, timeout=settings.HUB_TIMEOUT_SECONDS, files_metadata=False)
        _require_safetensors(repository, {file.rfilename for file in info.siblings or []})
        api.snapshot_download(
            repository, revision=info.sha, local_dir=directory, allow_patterns=WANTED_FILES, max_workers=2
        )
    except HFValidationError as error:
        raise InvalidCheckpoint(str(error), code="hub_refused") from error
    except HfHubHTTPError as error:
        message = _("The hub refuses %(repository)s: %(reason)s") % {"repository": repository, "reason": error}
        raise InvalidCheckpoint(message, code="hub_refused") from error
    except (OSError, TransportError, OfflineModeIsEnabled) as error:
        raise _unreachable(repository, error) from error


def _require_safetensors(repository: str, names: set[str]) -> None:
    if WEIGHTS not in names:
        message = _("%(repository)s has no model.safetensors; pickled weights are not read.")
        raise InvalidCheckpoint(message % {"repository": repository}, code="no_safetensors")


def _unreachable(repository: str, error: Exception) -> HubUnreachable:
    message = _(
        "The model hub cannot be reached from here (%(reason)s). Download %(repository)s on a machine that can, copy its directory "
        "here, and run: manage.py models add DIR"
    )
    return HubUnreachable(message % {"reason": error, "repository": repository})
