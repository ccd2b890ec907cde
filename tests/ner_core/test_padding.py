"""Padded batches of the reference engine."""

import pytest

from ner_core.engines.padding import token_batches


@pytest.mark.parametrize("budget", [1, 10, 64, 10_000])
def test_token_batches_hold_everything_once_within_the_budget(budget: int):
    lengths = [5, 1, 9, 9, 3, 30, 2]

    groups = token_batches(lengths, budget)

    assert sorted(index for group in groups for index in group) == list(range(7))
    assert all(len(group) == 1 or len(group) * max(lengths[index] for index in group) <= budget for group in groups)
