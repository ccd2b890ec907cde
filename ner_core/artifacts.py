"""Checkpoint directories: what must be in one, the manifest that says what it is, and checks before anything is loaded.

lineup.json, the manifest (format 1):
    format_version  1
    name            a short name; with the first 12 digits of `fingerprint` it makes the version
    fingerprint     sha256 over all that decides a reading: files, scheme, decoder, calibration
    files           {name: {"sha256", "size"}}
    scheme          LabelScheme.to_dict()
    decoder         {"transitions": [C][C] | null, "pooling": "sum" | "mean" | "first"}
    calibration     Calibration.to_dict(), or null where the scores are raw
    int8            Faithfulness.to_dict() of the products in 8-bit integers, only where there is an int8.safetensors
    metrics         what was measured, free form;   reliability   list of bins;   about   free form
"""

import hashlib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

import numpy as np

from ner_core.calibration import Calibration
from ner_core.faithfulness import Faithfulness
from ner_core.files import sha256_of, write_json_atomic
from ner_core.labels import LabelScheme
from ner_core.lattice import DecoderSettings, Pooling
from ner_core.reranking import Reranker

MANIFEST = "lineup.json"
CONFIG = "config.json"
WEIGHTS = "model.safetensors"
TOKENIZERS = ("tokenizer.json", "sentencepiece.bpe.model")
INT8 = "int8.safetensors"
_OF_TOKENIZERS = (*TOKENIZERS, "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json")
KNOWN_FILES = (CONFIG, WEIGHTS, INT8, *_OF_TOKENIZERS)
FORMAT_VERSION = 1
PICKLES = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib")
FREE_FORM: dict[str, type] = {"metrics": dict, "reliability": list, "about": dict}
# How reading values of a wrong kind, or infinite ones, ends.
NOT_WHOLE = (KeyError, TypeError, ValueError, AttributeError, ArithmeticError)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,99}")


class ArtifactError(Exception):
    """A checkpoint directory cannot be used; str() says why and what to do. `code` is stable."""

    code = "artifact_error"


class ArtifactMissing(ArtifactError):
    """The directory or a file that it needs is not there."""

    code = "artifact_missing"


class ArtifactIncompatible(ArtifactError):
    """The checkpoint is whole, but not one that this program reads."""

    code = "artifact_incompatible"


class ArtifactCorrupt(ArtifactError):
    """A file is damaged, or is not the one that the manifest names."""

    code = "artifact_corrupt"


@dataclass(frozen=True)
class Artifact:
    """A checked checkpoint directory. `calibrated` is False where scores are raw model probabilities.

    `fingerprint`: SHA-256 (hex) of all that decides its readings. `int8`: how far products in 8-bit integers read the same; None where the
    checkpoint does not say how to round.
    """

    directory: Path
    name: str
    fingerprint: str
    decoder: DecoderSettings
    calibration: Calibration
    calibrated: bool
    config: dict
    int8: Faithfulness | None = None
    metrics: dict = field(default_factory=dict)
    reliability: list = field(default_factory=list)
    about: dict = field(default_factory=dict)

    @property
    def version(self) -> str:
        return f"{self.name}@{self.fingerprint[:12]}"

    @property
    def scheme(self) -> LabelScheme:
        return self.decoder.scheme

    @property
    def max_pieces(self) -> int:
        """The longest input in pieces, special tokens included (RoBERTa positions start after the padding id)."""
        return _positions(self.config)


def load_artifact(directory: str | Path, *, verify: bool = True) -> Artifact:
    """Reads and checks a directory with a manifest; with `verify` every file is hashed. Loads no weights.

    Raises ArtifactMissing, ArtifactIncompatible or ArtifactCorrupt.
    """
    root = _directory(directory)
    manifest = _read_json(
        root / MANIFEST, missing=f"{root} has no {MANIFEST}: add it with `manage.py models add {root}`"
    )
    if manifest.get("format_version") != FORMAT_VERSION:
        raise ArtifactIncompatible(
            f"{root / MANIFEST} has format {manifest.get('format_version')!r}, this program reads format {FORMAT_VERSION}"
        )
    try:
        files, name = {str(name): dict(told) for name, told in manifest["files"].items()}, str(manifest["name"])
        scheme, decoder = LabelScheme.from_dict(manifest["scheme"]), dict(manifest["decoder"])
        calibrated = manifest["calibration"] is not None
        calibration = Calibration.from_dict(manifest["calibration"]) if calibrated else Calibration()
        settings = _settings(scheme, decoder, calibration)
        int8 = Faithfulness.from_dict(manifest["int8"]) if INT8 in files else None
        about = {key: manifest.get(key, kind()) for key, kind in FREE_FORM.items()}
        if wrong := [key for key, kind in FREE_FORM.items() if not isinstance(about[key], kind)]:
            raise TypeError(f"{', '.join(wrong)} of the wrong kind")
    except NOT_WHOLE as error:
        raise ArtifactCorrupt(f"{root / MANIFEST} is not a whole manifest: {error!r}; restore the directory") from error
    _check_files(root, files, verify=verify)
    if _fingerprint(manifest) != manifest.get("fingerprint"):
        raise ArtifactCorrupt(f"{root / MANIFEST} was changed by hand; restore it or add the checkpoint anew")
    config = _read_config(root, scheme)
    return Artifact(
        directory=root,
        name=name,
        fingerprint=manifest["fingerprint"],
        decoder=settings,
        calibration=calibration,
        calibrated=calibrated,
        config=config,
        int8=int8,
        **about,
    )


def write_manifest(
    directory: str | Path,
    *,
    name: str,
    scheme: LabelScheme,
    calibration: Calibration | None = None,
    transitions: np.ndarray | None = None,
    pooling: Pooling = "sum",
    reranker: Reranker | None = None,
    int8: Faithfulness | None = None,
    metrics: dict | None = None,
    reliability: list | None = None,
    about: dict | None = None,
) -> Artifact:
    """Hashes the files that are there, replaces lineup.json in one step, and returns the artifact. Safe to run again.

    Raises ArtifactMissing or ArtifactIncompatible if the directory is not a checkpoint, or says how to round for products in 8-bit
    integers without what was measured of them (`int8`), ValueError for a name that is no file name.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name for a checkpoint: use letters, digits, dot, dash, plus and underscore")
    root = _directory(directory)
    if (root / INT8).is_file() and int8 is None:
        raise ArtifactIncompatible(f"nobody measured what {root / INT8} changes: remove the file, or make it anew")
    manifest: dict = {
        "format_version": FORMAT_VERSION,
        "name": name,
        "files": {name: _describe(path) for name, path in _present_files(root).items()},
        "scheme": scheme.to_dict(),
        "decoder": {
            "transitions": None if transitions is None else np.asarray(transitions).tolist(),
            "pooling": pooling,
            **({"reranker": reranker.to_dict()} if reranker else {}),
        },
        "calibration": calibration.to_dict() if calibration else None,
        "metrics": metrics or {},
        "reliability": reliability or [],
        "about": about or {},
        **({"int8": int8.to_dict()} if int8 else {}),
    }
    manifest["fingerprint"] = _fingerprint(manifest)
    _read_config(root, scheme)
    write_json_atomic(root / MANIFEST, manifest)
    return load_artifact(root, verify=False)


def rewrite_manifest(artifact: Artifact, *, name: str = "", int8: Faithfulness | None = None) -> Artifact:
    """The manifest as it is, under another name or with what was measured of products in 8-bit integers. Raises as write_manifest."""
    return write_manifest(
        artifact.directory,
        name=name or artifact.name,
        scheme=artifact.scheme,
        calibration=artifact.calibration if artifact.calibrated else None,
        transitions=artifact.decoder.transitions,
        pooling=artifact.decoder.pooling,
        reranker=artifact.decoder.reranker,
        int8=int8 or artifact.int8,
        **{key: getattr(artifact, key) for key in FREE_FORM},
    )


def adopt_checkpoint(directory: str | Path, *, name: str, pooling: Pooling = "mean") -> Artifact:
    """Writes a manifest for a public checkpoint: scheme from config.json, scores raw (`calibrated` is False).

    The pieces of a word are averaged unless told otherwise: summed, uncalibrated logits would claim too much for long words.

    Raises ArtifactIncompatible for classes that are not PER, LOC, ORG, MISC, DATE in BIO or IO, naming them.
    """
    root = _directory(directory)
    config = _read_json(root / CONFIG, missing=f"{root} has no {CONFIG}: it is not a checkpoint directory")
    try:
        scheme = LabelScheme.from_id2label(config.get("id2label") or {})
    except NOT_WHOLE as error:
        raise ArtifactIncompatible(f"the labels of {root} cannot be used: {error}") from error
    return write_manifest(root, name=name, scheme=scheme, pooling=pooling)


def _settings(scheme: LabelScheme, decoder: dict, calibration: Calibration) -> DecoderSettings:
    transitions = decoder["transitions"]
    if transitions is not None:
        transitions = np.array(transitions, dtype=float)
        if transitions.shape != (len(scheme.id2label),) * 2 or not np.isfinite(transitions).all():
            raise ValueError("transitions must be a finite number for each pair of classes")
    if decoder["pooling"] not in get_args(Pooling):
        raise ValueError(f"pooling {decoder['pooling']!r} is none of {get_args(Pooling)}")
    reranker = Reranker.from_dict(decoder["reranker"]) if decoder.get("reranker") else None
    return DecoderSettings(scheme, transitions, decoder["pooling"], calibration.temperature, reranker)


def _directory(directory: str | Path) -> Path:
    if not (root := Path(directory).absolute()).is_dir():
        raise ArtifactMissing(f"{root} is not a directory")
    return root.resolve()


def _present_files(root: Path) -> dict[str, Path]:
    """The checkpoint's files by name. Anything else in the directory is not ours and is never read."""
    if not (root / WEIGHTS).is_file():
        pickles = sorted(path.name for path in root.iterdir() if path.suffix in PICKLES)
        if pickles:
            raise ArtifactIncompatible(
                f"{root} holds weights as {', '.join(pickles)}, which can run code when read; convert them to {WEIGHTS} first"
            )
        raise ArtifactMissing(f"{root} has no {WEIGHTS}; sharded and other formats are not read")
    if not (root / CONFIG).is_file():
        raise ArtifactMissing(f"{root} has no {CONFIG}")
    if not any((root / name).is_file() for name in TOKENIZERS):
        raise ArtifactMissing(f"{root} has neither {' nor '.join(TOKENIZERS)}: copy the tokenizer of the model into it")
    return {name: _inside(root, name) for name in KNOWN_FILES if (root / name).is_file()}


def _inside(root: Path, name: str) -> Path:
    """The path of a file of the checkpoint; refuses names and links that lead elsewhere."""
    path = root / name
    if name != Path(name).name or path.resolve().parent != root:
        raise ArtifactIncompatible(f"{name!r} leads out of {root}: copy the real file into the directory (cp -L)")
    return path


def _check_files(root: Path, files: dict, *, verify: bool) -> None:
    for name in files:
        if Path(name).suffix in PICKLES:
            raise ArtifactIncompatible(
                f"{root / MANIFEST} lists {name}, which can run code when read; only {WEIGHTS} is read"
            )
        if name not in KNOWN_FILES:
            raise ArtifactIncompatible(f"{root / MANIFEST} lists {name!r}, which no checkpoint needs")
    unlisted = [name for name in _present_files(root) if name not in files]
    if unlisted:
        raise ArtifactCorrupt(
            f"{root} holds {', '.join(unlisted)}, which its manifest does not list; remove or add anew"
        )
    for name, expected in files.items():
        path = _inside(root, name)
        if not path.is_file():
            raise ArtifactMissing(f"{path} is gone; restore it, or remove {MANIFEST} and add the checkpoint anew")
        if path.stat().st_size != expected.get("size") or (verify and sha256_of(path) != expected.get("sha256")):
            raise ArtifactCorrupt(f"{path} is not the file that {MANIFEST} was written for; restore it or add it anew")


def _read_config(root: Path, scheme: LabelScheme) -> dict:
    config = _read_json(root / CONFIG, missing=f"{root} has no {CONFIG}")
    try:
        found = LabelScheme.from_id2label(config["id2label"])
        positions = _positions(config)
    except NOT_WHOLE as error:
        raise ArtifactIncompatible(f"{root / CONFIG} is not of a token classification model: {error}") from error
    if found != scheme:
        raise ArtifactIncompatible(f"{root / CONFIG} has classes {found.id2label}, the manifest {scheme.id2label}")
    if positions < 3:
        raise ArtifactIncompatible(f"{root / CONFIG} leaves no positions for a text")
    return config


def _positions(config: dict) -> int:
    if (padding := int(config.get("pad_token_id", 1))) < 0:
        raise ValueError("pad_token_id must not be below 0")
    return int(config["max_position_embeddings"]) - padding - 1


def _read_json(path: Path, *, missing: str) -> dict:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ArtifactMissing(missing) from error
    except (OSError, ValueError, RecursionError) as error:
        raise ArtifactCorrupt(f"{path} is not JSON: {error}") from error
    if not isinstance(data, dict):
        raise ArtifactCorrupt(f"{path} must hold an object")
    return data


def _describe(path: Path) -> dict:
    return {"sha256": sha256_of(path), "size": path.stat().st_size}


def _fingerprint(manifest: dict) -> str:
    decisive = {key: manifest.get(key) for key in ("name", "files", "scheme", "decoder", "calibration")}
    decisive |= {"int8": manifest["int8"]} if "int8" in manifest else {}
    return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()
