"""Chance that comes out the same when it is asked again: shares of titles by a hash, so that work done twice changes nothing."""

import hashlib

from annotator.models import Prediction


def draw(prediction: Prediction, purpose: str) -> float:
    """A number in [0, 1) for this title, model version and purpose; as good as random between titles and between purposes.

    The caller has loaded `title` and `model_version`.
    """
    return share_of(f"{purpose}:{prediction.title.key}:{prediction.model_version.name}")


def share_of(name: str) -> float:
    """A number in [0, 1) for this name."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") / 2**64
