"""The weights of a RoBERTa encoder with a token classification head, as a checkpoint stores them."""

import numpy as np

from ner_core.artifacts import NOT_WHOLE, WEIGHTS, Artifact, ArtifactCorrupt, ArtifactIncompatible

ARCHITECTURES = {
    "camembert": "CamembertForTokenClassification",
    "roberta": "RobertaForTokenClassification",
    "xlm-roberta": "XLMRobertaForTokenClassification",
}
MOST_LAYERS = 1_000  # the names of the weights are made before the file is looked at
_UNUSED_WEIGHTS = ("position_ids", "pooler.")  # older checkpoints carry them; the model has no use for them
_PARTS = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "attention.output.LayerNorm",
    "intermediate.dense",
    "output.dense",
    "output.LayerNorm",
)


def read_weights(artifact: Artifact) -> dict[str, np.ndarray]:
    """Arrays by name: matrices in float16 or float32 as they are stored, vectors (biases, norms) in float32.

    Raises ArtifactIncompatible for another architecture and for weights that are missing, unknown or of another shape, ArtifactCorrupt for
    a damaged file.
    """
    from safetensors import SafetensorError, safe_open

    shapes = _shapes_of(artifact)
    weights: dict[str, np.ndarray] = {}
    try:
        with safe_open(artifact.directory / WEIGHTS, framework="np") as file:
            names = set(file.keys())
            _check_keys(artifact, shapes.keys() - names, names - shapes.keys())
            bfloats = [name for name in shapes if file.get_slice(name).get_dtype() == "BF16"]
            for name in shapes.keys() - set(bfloats):
                stored = file.get_tensor(name)
                weights[name] = stored if stored.ndim > 1 else stored.astype(np.float32)
        weights |= _widened(artifact, bfloats)
    except (SafetensorError, OSError) as error:
        raise ArtifactCorrupt(f"{artifact.directory / WEIGHTS} cannot be read: {error}; restore the file") from error
    wrong = sorted(name for name, shape in shapes.items() if weights[name].shape != shape)
    if wrong:
        raise ArtifactIncompatible(
            f"the weights of {artifact.directory} do not fit its config.json: {', '.join(wrong[:5])}"
        )
    return weights


def _widened(artifact: Artifact, names: list[str]) -> dict[str, np.ndarray]:
    """bfloat16, which numpy does not have, as float32: its bits are the upper half of those. Not every image has torch to do it."""
    if not names:
        return {}
    from safetensors import deserialize

    stored = dict(deserialize((artifact.directory / WEIGHTS).read_bytes()))
    return {name: _as_float32(stored[name]) for name in names}


def _as_float32(stored: dict) -> np.ndarray:
    upper = np.frombuffer(stored["data"], dtype="<u2").astype(np.uint32) << 16
    return upper.view(np.float32).reshape(stored["shape"])


def _shapes_of(artifact: Artifact) -> dict[str, tuple[int, ...]]:
    kind = artifact.config.get("model_type")
    if str(kind) not in ARCHITECTURES:
        raise ArtifactIncompatible(
            f"{artifact.directory} holds a {kind!r} model; this program reads {', '.join(ARCHITECTURES)}"
        )
    try:
        return expected_shapes(artifact.config, len(artifact.scheme.id2label))
    except NOT_WHOLE as error:
        raise ArtifactIncompatible(
            f"the config.json of {artifact.directory} is not of a RoBERTa encoder: {error}"
        ) from error


def _check_keys(artifact: Artifact, missing: set[str], unexpected: set[str]) -> None:
    unknown = [key for key in unexpected if not any(part in key for part in _UNUSED_WEIGHTS)]
    for kind, keys in (("lacks", missing), ("has unknown", unknown)):
        if keys:
            named = ", ".join(sorted(keys)[:5])
            raise ArtifactIncompatible(
                f"{artifact.directory / WEIGHTS} {kind} weights: {named}; it is not a whole token classification checkpoint"
            )


def expected_shapes(config: dict, classes: int) -> dict[str, tuple[int, ...]]:
    """Name and shape of every weight that the config asks for. Raises one of NOT_WHOLE for one that is not whole."""
    if not 0 <= float(config.get("layer_norm_eps", 1e-12)) < 1:
        raise ValueError("layer_norm_eps must be a small number")
    layers = int(config["num_hidden_layers"])
    if layers > MOST_LAYERS:
        raise ValueError(f"{layers} layers are more than any encoder has")
    hidden, wide = int(config["hidden_size"]), int(config["intermediate_size"])
    if hidden % int(config["num_attention_heads"]) or config.get("hidden_act", "gelu") != "gelu":
        raise ValueError("the attention heads do not divide the hidden size, or the activation is not gelu")
    embeddings = "roberta.embeddings"
    shapes: dict[str, tuple[int, ...]] = {
        f"{embeddings}.word_embeddings.weight": (int(config["vocab_size"]), hidden),
        f"{embeddings}.position_embeddings.weight": (int(config["max_position_embeddings"]), hidden),
        f"{embeddings}.token_type_embeddings.weight": (int(config["type_vocab_size"]), hidden),
        f"{embeddings}.LayerNorm.weight": (hidden,),
        f"{embeddings}.LayerNorm.bias": (hidden,),
        "classifier.weight": (classes, hidden),
        "classifier.bias": (classes,),
    }
    for layer in range(layers):
        for part in _PARTS:
            rows = wide if part == "intermediate.dense" else hidden
            columns = wide if part == "output.dense" else hidden
            name = f"roberta.encoder.layer.{layer}.{part}"
            shapes[f"{name}.weight"] = (rows,) if part.endswith("LayerNorm") else (rows, columns)
            shapes[f"{name}.bias"] = (rows,)
    return shapes
