"""What a training may be told, and what it does where it is told nothing."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from django.utils.translation import gettext as _

from annotator.domain.gold import PEOPLE
from annotator.enums import AnnotationSource, Label
from annotator.exceptions import InvalidTraining

STEPS_PER_TITLE, FEWEST_STEPS, MOST_STEPS = 1.25, 150, 1500
LIMITS = {
    "steps": (1, 100_000),
    "rate": (1e-7, 1e-2),
    "generated": (0.0, 0.95),
    "patience": (0, 50),
    "seed": (0, 2**31 - 1),
}
WEIGHTS = (0.0, 20.0)
DEFAULT_SOURCES = dict.fromkeys((*PEOPLE, AnnotationSource.TAUGHT), 1.0) | {AnnotationSource.PROPAGATED: 0.5}


@dataclass(frozen=True)
class TrainingOptions:
    """base: name of a model version, or a checkpoint directory of this machine; empty for the active version.

    steps: 0 for as many as the titles are worth. rate: peak learning rate. generated: share of generated titles, against forgetting.
    sources: how often a title settled in this way is drawn; what is not named is not trained on. labels: weight of a label in the
    loss. patience: checks of the held-out titles without gain before it stops; 0: never.
    """

    base: str = ""
    name: str = ""
    steps: int = 0
    rate: float = 1.2e-4
    generated: float = 0.35
    sources: Mapping[str, float] = field(default_factory=lambda: dict(DEFAULT_SOURCES))
    labels: Mapping[str, float] = field(default_factory=dict)
    patience: int = 4
    seed: int = 17

    def to_dict(self) -> dict:
        return asdict(self)

    def steps_for(self, titles: int) -> int:
        return self.steps or int(min(MOST_STEPS, max(FEWEST_STEPS, STEPS_PER_TITLE * titles)))


def check_options(options: TrainingOptions) -> TrainingOptions:
    """The same options. Raises InvalidTraining (not_in_range, unknown_source, unknown_label), naming the field."""
    for name, (low, high) in LIMITS.items():
        if not (name == "steps" and options.steps == 0) and not low <= getattr(options, name) <= high:
            raise _out_of_range(name, low, high)
    _check_weights("sources", options.sources, AnnotationSource.values, "unknown_source")
    _check_weights("labels", options.labels, Label.values, "unknown_label")
    return options


def _check_weights(name: str, weights: Mapping[str, float], known: list[str], code: str) -> None:
    for key, weight in weights.items():
        if key not in known:
            message = _("%(name)s is not one of %(known)s.") % {"name": key, "known": ", ".join(known)}
            raise InvalidTraining(message, code=code, field=name)
        if not WEIGHTS[0] <= weight <= WEIGHTS[1]:
            raise _out_of_range(name, *WEIGHTS)


def _out_of_range(name: str, low: float, high: float) -> InvalidTraining:
    message = _("%(name)s lies between %(low)s and %(high)s.") % {"name": name, "low": low, "high": high}
    return InvalidTraining(message, code="not_in_range", field=name)
