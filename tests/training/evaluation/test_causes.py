"""Reasons against the truth."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from training.evaluation.causes import dominant_causes, reason_groups_found, riskiest, top_groups

GROUPS = ["billing", "usage", "usage", "network"]


def names(*values: str) -> Any:
    return np.array(values, dtype=object)


def test_a_group_pushes_by_the_sum_of_its_features() -> None:
    contributions = np.array(
        [
            [0.4, 0.3, 0.2, 0.1],  # usage 0.5, billing 0.4
            [0.1, 0.9, -0.9, 0.2],  # network, billing; usage comes to nothing
            [-0.1, -0.2, 0.1, 0.3],  # network alone pushes up
            [-0.1, -0.1, -0.1, -0.1],
        ]
    )
    assert top_groups(contributions, GROUPS) == [
        ["usage", "billing"],
        ["network", "billing"],
        ["network"],
        [],
    ]


def test_a_group_that_carries_too_little_is_excluded() -> None:
    contributions = np.array([[0.92, -0.3, 0.0, 0.08], [0.88, -0.3, 0.0, 0.12]])
    assert top_groups(contributions, GROUPS) == [["billing", "network"]] * 2
    assert top_groups(contributions, GROUPS, least=0.1) == [["billing"], ["billing", "network"]]
    found = reason_groups_found(
        contributions, GROUPS, names("network_trouble", ""), names("a", "b")
    )
    assert found["share"] == 1  # the bar takes the two strongest, however weak
    assert found["appears"]["network"] == 0.5


def test_the_share_found_the_guess_and_each_cause_are_counted_by_hand() -> None:
    contributions = np.array(
        [
            [0.4, 0.3, 0.2, 0.1],  # usage, billing
            [0.1, 0.9, -0.9, 0.2],  # network, billing
            [-0.1, -0.2, 0.1, 0.3],  # network
            [0.5, 0.1, 0.0, 0.0],  # billing, usage
        ]
    )
    causes = names("fading", "bill_shock", "bill_shock", "base")
    found = reason_groups_found(contributions, GROUPS, causes, names("a", "b", "c", "d"))
    assert found["rows"] == found["customers"] == 3
    assert found["share"] == pytest.approx(2 / 3)
    # One wish in three is usage (shown once in three), two are billing (shown twice).
    assert found["shuffled"] == pytest.approx(1 / 3 * 1 / 3 + 2 / 3 * 2 / 3)
    assert found["difference"] == pytest.approx(found["share"] - found["shuffled"])
    assert found["by_cause"] == {
        "bill_shock": {
            "group": "billing",
            "rows": 2,
            "share": 0.5,
            "shuffled": pytest.approx(2 / 3),
        },
        "fading": {"group": "usage", "rows": 1, "share": 1.0, "shuffled": pytest.approx(1 / 3)},
    }
    # The row without a known cause counts here.
    assert found["appears"]["billing"] == 0.75
    assert found["appears"]["people"] == 0
    json.dumps(found, allow_nan=False)


def test_reasons_that_follow_the_cause_beat_a_guess_and_those_that_do_not_do_not() -> None:
    random = np.random.default_rng(1)
    which = random.integers(0, 3, 600)
    causes = np.array(["bill_shock", "fading", "network_trouble"], dtype=object)[which]
    customers = np.array([f"C{place // 2}" for place in range(600)], dtype=object)
    noise = random.normal(0, 0.3, (600, 4))
    pushed = noise.copy()
    pushed[np.arange(600), np.array([0, 1, 3])[which]] += 1
    found = reason_groups_found(pushed, GROUPS, causes, customers)
    assert found["customers"] == 300
    assert found["share"] > 0.9
    assert found["difference_interval"][0] > 0.1
    assert found["difference_interval"][0] < found["difference"] < found["difference_interval"][1]
    guessed = reason_groups_found(noise, GROUPS, causes, customers)
    assert guessed["difference_interval"][0] < 0 < guessed["difference_interval"][1]


def test_the_shuffled_share_is_the_mean_of_many_permutations() -> None:
    random = np.random.default_rng(2)
    contributions = random.normal(0.1, 1, (40, 4))
    causes = random.choice(names("bill_shock", "fading", "network_trouble"), 40, p=[0.6, 0.3, 0.1])
    customers = np.array([f"C{place}" for place in range(40)], dtype=object)
    found = reason_groups_found(contributions, GROUPS, causes, customers)
    dealt = [
        reason_groups_found(contributions, GROUPS, random.permutation(causes), customers, draws=1)
        for _ in range(400)
    ]
    assert np.mean([other["share"] for other in dealt]) == pytest.approx(
        found["shuffled"], abs=0.01
    )


def test_without_a_known_cause_every_figure_is_null() -> None:
    found = reason_groups_found(np.ones((2, 4)), GROUPS, names("base", ""), names("a", "b"))
    assert found["rows"] == 0
    assert found["share"] is found["difference"] is found["difference_interval"] is None
    assert found["by_cause"] == {}
    assert found["appears"]["usage"] == 1
    none = reason_groups_found(np.empty((0, 4)), GROUPS, names(), names())
    assert set(none["appears"].values()) == {None}


def test_the_cause_is_that_of_the_month_of_the_row() -> None:
    rows = pd.DataFrame(
        {
            "customer_id": ["a", "a", "b", "c"],
            "as_of": pd.to_datetime(["2025-03-31", "2025-04-07", "2025-04-07", "2025-04-07"]),
        },
        index=[5, 6, 7, 8],
    )
    hazard = pd.DataFrame(
        {
            "customer_id": ["a", "a", "b"],
            "month": pd.to_datetime(["2025-04-01", "2025-03-01", "2025-04-01"]).date,
            "dominant_cause": ["fading", "base", "rival"],
        }
    )
    assert list(dominant_causes(rows, hazard)) == ["base", "fading", "rival", ""]


def test_the_riskiest_are_at_least_one() -> None:
    risk = np.linspace(0, 1, 100)
    assert list(riskiest(risk)) == [99, 98, 97, 96, 95]
    assert list(riskiest(np.array([0.5]))) == [0]
    assert len(riskiest(np.empty(0))) == 0
