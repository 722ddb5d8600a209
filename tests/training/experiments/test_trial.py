"""What a randomised test must hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.errors import TableRefused
from training.experiments.trial import Trial, equal_clusters


def small() -> Trial:
    return Trial(
        arms=("none", "call"),
        arm=np.array([0, 1, 1]),
        propensity=np.full((3, 2), 0.5),
        outcome=np.array([0.0, 1.0, 1.0]),
        worth=np.array([0.0, 30.0, 10.0]),
        cost=np.array([[0.0, 5.0]] * 3),
        covariates=pd.DataFrame({"age": [30, 40, 50]}, index=[7, 8, 9]),
        cluster=equal_clusters(["g1", "g1", "g2"]),
    )


def test_the_profit_is_what_came_less_what_the_arm_cost() -> None:
    assert small().profit.tolist() == [0.0, 25.0, 5.0]


@pytest.mark.parametrize("chosen", [np.array([2, 0]), np.array([True, False, True])])
def test_some_rows_keep_all_that_belongs_to_them(chosen: np.ndarray) -> None:
    part = small().rows(chosen)
    ages = part.covariates["age"].tolist()
    assert sorted(ages) == [30, 50]
    assert part.worth.tolist() == [{30: 0.0, 50: 10.0}[age] for age in ages]
    assert part.cluster is not None
    assert len(set(part.cluster)) == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"propensity": np.array([[0.5, 0.5], [1.0, 0.0], [0.5, 0.5]])}, "0 for the arm"),
        ({"propensity": np.array([[0.5, 0.5], [-1.0, 2.0], [0.5, 0.5]])}, "outside 0 to 1"),
        ({"propensity": np.full((3, 2), 0.4)}, "add up to 1"),
        ({"outcome": np.zeros(2)}, "outcome has the shape"),
        ({"arms": ("none",)}, "needs a control"),
    ],
)
def test_what_cannot_be_a_test_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(TableRefused, match=message):
        replace(small(), **change)  # type: ignore[arg-type]
