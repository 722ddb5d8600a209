"""What true probabilities are expected to reach, against what drawn outcomes do."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from features.simulate.truth.noise import expected


def test_the_expected_figures_are_those_of_drawn_outcomes() -> None:
    rng = np.random.default_rng(1)
    p = np.round(rng.beta(0.5, 8, 2_000_000), 3)  # rounded, so that there are ties
    left = rng.random(len(p)) < p
    noise = expected(p)
    assert noise["auc"] == pytest.approx(roc_auc_score(left, p), abs=0.003)
    skill = 1 - np.mean((left - p) ** 2) / np.var(left)
    assert noise["brier_skill"] == pytest.approx(skill, abs=0.003)
    assert noise["rate"] == pytest.approx(left.mean(), abs=0.002)


def test_one_probability_for_all_ranks_no_customer() -> None:
    assert expected(np.full(5, 0.2))["auc"] == pytest.approx(0.5)
    assert expected(np.zeros(5)) == {"auc": 0.5, "brier_skill": 0.0, "rate": 0.0, "rows": 5}
