"""How large the storms are: a short form for every run, the long one of `make faults` (FAULTS=long)."""

import os
from typing import NamedTuple

LONG = os.environ.get("FAULTS") == "long"
SEED = int(os.environ.get("FAULTS_SEED", "1"))


class Sizes(NamedTuple):
    titles: int
    reviewers: int
    verdicts: int
    kills: int
    soak_seconds: float


SIZES = (
    Sizes(10_000, 8, 2000, 40, float(os.environ.get("SOAK_SECONDS", "3600")))
    if LONG
    else Sizes(600, 3, 60, 4, float(os.environ.get("SOAK_SECONDS", "12")))
)
