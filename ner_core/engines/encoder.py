"""The RoBERTa encoder with a token classification head in plain PyTorch: what serving needs of transformers, without its imports.

transformers brings torch's compiler and distributed packages with it: two seconds and a hundred megabytes in every process that reads
titles. The result is that of its CamembertForTokenClassification, RobertaFor... and XLMRobertaFor... in evaluation mode.
Architecture: Liu et al. 2019 (RoBERTa), post-norm layers of Vaswani et al. 2017.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


class Encoder:
    """Weights by name and the forward pass in float32. Safe to call from several threads.

    Matrices stay in the precision of the file and are widened as they are used: half the memory for a few milliseconds a batch.
    """

    def __init__(self, config: dict, weights: "dict[str, torch.Tensor]") -> None:
        self.dtype = weights["classifier.bias"].dtype
        self.pad = int(config.get("pad_token_id", 1))
        self._weights = weights
        self._layers = int(config["num_hidden_layers"])
        self._heads = int(config["num_attention_heads"])
        self._eps = float(config.get("layer_norm_eps", 1e-12))

    def __call__(self, ids: "torch.Tensor", mask: "torch.Tensor") -> "torch.Tensor":
        """ids and mask: int64 [titles, pieces]; answers [titles, pieces, classes]."""
        states = self._embed(ids, mask)
        seen = mask[:, None, None, :].bool()
        for layer in range(self._layers):
            states = self._layer(f"roberta.encoder.layer.{layer}", states, seen)
        return self._linear("classifier", states)

    def _embed(self, ids: "torch.Tensor", mask: "torch.Tensor") -> "torch.Tensor":
        """Positions count from pad + 1 over the pieces that are not padding; the only token type is 0."""
        prefix = "roberta.embeddings"
        places = mask.cumsum(1) * mask + self.pad
        states = self._weights[f"{prefix}.word_embeddings.weight"][ids].float()
        states = states + self._weights[f"{prefix}.position_embeddings.weight"][places].float()
        return self._norm(
            f"{prefix}.LayerNorm", states + self._weights[f"{prefix}.token_type_embeddings.weight"][0].float()
        )

    def _layer(self, prefix: str, states: "torch.Tensor", seen: "torch.Tensor") -> "torch.Tensor":
        from torch.nn import functional

        query, key, value = (
            self._split(f"{prefix}.attention.self.{name}", states) for name in ("query", "key", "value")
        )
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=seen)
        mixed = mixed.transpose(1, 2).flatten(2)
        states = self._norm(
            f"{prefix}.attention.output.LayerNorm", states + self._linear(f"{prefix}.attention.output.dense", mixed)
        )
        wide = functional.gelu(self._linear(f"{prefix}.intermediate.dense", states))
        return self._norm(f"{prefix}.output.LayerNorm", states + self._linear(f"{prefix}.output.dense", wide))

    def _split(self, name: str, states: "torch.Tensor") -> "torch.Tensor":
        """[titles, heads, pieces, hidden / heads]"""
        return self._linear(name, states).unflatten(-1, (self._heads, -1)).transpose(1, 2)

    def _linear(self, name: str, states: "torch.Tensor") -> "torch.Tensor":
        from torch.nn import functional

        return functional.linear(states, self._weights[f"{name}.weight"].float(), self._weights[f"{name}.bias"])

    def _norm(self, name: str, states: "torch.Tensor") -> "torch.Tensor":
        from torch.nn import functional

        weight, bias = self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]
        return functional.layer_norm(states, weight.shape, weight, bias, self._eps)
