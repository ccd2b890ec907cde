"""The training loop: warm-up and decay, layer-wise rates, averaged weights, progress, early stopping, resume after a kill."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ner_core.training.encoding import IGNORED, Encoded, pad

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class LoopSettings:
    """steps: optimiser steps in all; rate: peak learning rate of the head; layer_decay: factor from each layer to the one below.

    average: decay of the running mean of the weights per step (0 switches it off); the mean is what is kept in the end.
    consistency: weight of the R-Drop term (two passes with different dropout shall agree, Liang et al. 2021); 0 is one pass.
    class_weights: weight of each class in the loss, in the order of the label scheme; empty: all alike.
    save_every: steps between resumable states; check_every: steps between calls of `evaluate`; patience: checks without gain.
    """

    steps: int
    rate: float = 2e-4
    warmup: float = 0.06
    final: float = 0.02
    layer_decay: float = 1.0
    weight_decay: float = 0.01
    average: float = 0.999
    consistency: float = 0.0
    save_every: int = 500
    check_every: int = 0
    patience: int = 0
    seed: int = 13
    bf16: bool = True
    class_weights: tuple[float, ...] = ()


@dataclass(frozen=True)
class Progress:
    """Where a run is. loss: mean since the last report; score: what `evaluate` answered last, if it was asked."""

    step: int
    steps: int
    loss: float
    seconds_left: float
    score: float | None = None


class StopTraining(Exception):
    """Raised by a progress callback to end the run early; the weights so far are kept."""


class Trainer:
    """Trains a token classification model in place."""

    def __init__(self, model, settings: LoopSettings, state_file: Path | None = None) -> None:
        import torch

        torch.manual_seed(settings.seed)
        self._torch = torch
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.model = model.to(self.device)
        self.settings = settings
        self._state_file = state_file
        self._optimiser = torch.optim.AdamW(
            _groups(model, settings), weight_decay=settings.weight_decay, betas=(0.9, 0.98), fused=True
        )
        self._schedule = torch.optim.lr_scheduler.LambdaLR(self._optimiser, lambda step: _rate_at(step, settings))
        self._mean: dict[str, torch.Tensor] | None = None
        self._best: tuple[float, dict] | None = None
        self.step = 0

    def run(
        self,
        stream: Iterator[Sequence[Encoded]],
        *,
        on_progress: Callable[[Progress], None] | None = None,
        evaluate: Callable[[], float] | None = None,
        report_every: int = 50,
    ) -> None:
        """Trains until `steps`, early stopping or StopTraining; then the model holds the mean (or the best checked) weights.

        A state file of a former run is taken up: its steps are skipped in the stream, so that the same stream gives the same run.
        """
        self._resume(stream)
        self._torch.set_flush_denormal(True)  # decaying moments of unseen pieces would slow every step
        try:
            self._run(stream, on_progress, evaluate, report_every)
        finally:
            self._torch.set_flush_denormal(False)
        self._finish()

    def _run(
        self,
        stream: Iterator[Sequence[Encoded]],
        on_progress: Callable[[Progress], None] | None,
        evaluate: Callable[[], float] | None,
        report_every: int,
    ) -> None:
        begun, first, losses, checks, score = time.monotonic(), self.step, [], 0, None
        try:
            while self.step < self.settings.steps:
                losses.append(self._train_step(next(stream)))
                if evaluate and self.settings.check_every and self.step % self.settings.check_every == 0:
                    score = self._check(evaluate)
                    checks = 0 if self._best and score >= self._best[0] else checks + 1
                if on_progress and (self.step % report_every == 0 or self.step == self.settings.steps):
                    left = (time.monotonic() - begun) / (self.step - first) * (self.settings.steps - self.step)
                    on_progress(Progress(self.step, self.settings.steps, sum(losses) / len(losses), left, score))
                    losses.clear()
                if self.settings.patience and checks >= self.settings.patience:
                    break
                if self._state_file and self.step % self.settings.save_every == 0:
                    self._save_state()
        except StopTraining:
            return

    def _train_step(self, batch: Sequence[Encoded]) -> float:
        torch = self._torch
        self.model.train()
        loss = self._loss(*(part.to(self.device) for part in pad(batch, self.model.config.pad_token_id)))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self._optimiser.step()
        self._schedule.step()
        self._optimiser.zero_grad(set_to_none=False)
        self.step += 1
        if self.settings.average and self.step % 10 == 0:
            self._update_mean()
        return float(loss.detach())

    def _loss(self, ids: "torch.Tensor", mask: "torch.Tensor", labels: "torch.Tensor") -> "torch.Tensor":
        torch = self._torch
        twice = self.settings.consistency > 0
        if twice:
            ids, mask, labels = (part.repeat(2, 1) for part in (ids, mask, labels))
        with torch.autocast(self.device, dtype=torch.bfloat16) if self.settings.bf16 else nullcontext():
            logits = self.model(input_ids=ids, attention_mask=mask).logits.float()
        weight = logits.new_tensor(self.settings.class_weights) if self.settings.class_weights else None
        loss = torch.nn.functional.cross_entropy(
            logits.flatten(0, 1), labels.flatten(), weight=weight, ignore_index=IGNORED
        )
        if not twice:
            return loss
        first, second = logits.log_softmax(-1).chunk(2)
        keep = (labels.chunk(2)[0] != IGNORED).float()
        apart = (first.exp() * (first - second)).sum(-1) + (second.exp() * (second - first)).sum(-1)
        return loss + self.settings.consistency * 0.5 * (apart * keep).sum() / keep.sum()

    def _update_mean(self) -> None:
        weights = {name: value.detach() for name, value in self.model.state_dict().items()}
        if self._mean is None:
            self._mean = {name: value.clone() for name, value in weights.items()}
            return
        keep = min(self.settings.average**10, self.step / (self.step + 100))
        for name, value in self._mean.items():
            if value.is_floating_point():
                value.lerp_(weights[name], 1 - keep)

    def _check(self, evaluate: Callable[[], float]) -> float:
        """Scores the mean weights and remembers the best ones."""
        current = {name: value.clone() for name, value in self.model.state_dict().items()}
        self._load_mean()
        score = evaluate()
        if self._best is None or score > self._best[0]:
            self._best = (score, {name: value.clone() for name, value in self.model.state_dict().items()})
        self.model.load_state_dict(current)
        return score

    def _load_mean(self) -> None:
        if self._mean is not None:
            self.model.load_state_dict(self._mean)

    def _finish(self) -> None:
        if self._best is not None and self.settings.patience:
            self.model.load_state_dict(self._best[1])
        else:
            self._load_mean()
        self.model.eval()
        if self._state_file:
            self._state_file.unlink(missing_ok=True)

    def _save_state(self) -> None:
        """Writes beside the file and renames: a kill, or a full disk (OSError), leaves the old state or the new one."""
        partial = self._state_file.with_suffix(".partial")
        state = {
            "step": self.step,
            "model": self.model.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "schedule": self._schedule.state_dict(),
            "mean": self._mean,
            "best": self._best,
            "random": self._torch.get_rng_state(),
        }
        try:
            self._torch.save(state, partial)
        except RuntimeError as error:  # its writer knows no OSError
            partial.unlink(missing_ok=True)
            message = f"The state of the training could not be written to {self._state_file.parent}: {error}"
            raise OSError(message) from error
        partial.replace(self._state_file)

    def _resume(self, stream: Iterator) -> None:
        if self._state_file is None or not self._state_file.exists():
            return
        state = self._torch.load(self._state_file, weights_only=True)
        self.step, self._mean, self._best = state["step"], state["mean"], state["best"]
        self.model.load_state_dict(state["model"])
        self._optimiser.load_state_dict(state["optimiser"])
        self._schedule.load_state_dict(state["schedule"])
        self._torch.set_rng_state(state["random"])
        for _ in range(self.step):
            next(stream)


def _rate_at(step: int, settings: LoopSettings) -> float:
    """Linear warm-up, then a cosine down to `final` of the peak."""
    warmup = max(1, int(settings.steps * settings.warmup))
    if step < warmup:
        return (step + 1) / warmup
    done = min(1.0, (step - warmup) / max(1, settings.steps - warmup))
    return settings.final + (1 - settings.final) * 0.5 * (1 + math.cos(math.pi * done))


def _groups(model, settings: LoopSettings) -> list[dict]:
    """Parameters by depth: the head at the full rate, each layer below it at `layer_decay` times the one above."""
    layers = model.config.num_hidden_layers
    groups: dict[tuple[int, bool], list] = {}
    for name, parameter in model.named_parameters():
        depth = layers + 1
        if ".embeddings." in name:
            depth = 0
        elif ".layer." in name:
            depth = int(name.split(".layer.")[1].split(".")[0]) + 1
        groups.setdefault((depth, parameter.ndim > 1), []).append(parameter)
    return [
        {
            "params": parameters,
            "lr": settings.rate * settings.layer_decay ** (layers + 1 - depth),
            "weight_decay": settings.weight_decay * decayed,
        }
        for (depth, decayed), parameters in groups.items()
    ]
