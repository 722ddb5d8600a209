"""What options and limits refuse, and how they are read."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from serving.retention.choice.options import Arm, Limits, Options

ARMS = (Arm("gift", "call"),)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"customer": [1, 0]}, "not ascending"),
        ({"customer": [-1, 0]}, "not ascending from 0"),
        ({"arm": [0, 1]}, "outside of the 1 arms"),
        ({"arm": [0, -1]}, "outside of the 1 arms"),
        ({"gain_fen": [1.0, np.nan]}, "not finite"),
        ({"gain_fen": [1.0]}, "expected one value an option"),
        ({"cost_fen": [1, -1]}, "negative"),
        ({"groups": {"city": np.array([3], np.int32)}}, "expected one a customer"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(changed: dict[str, Any], message: str) -> None:
    whole: dict[str, Any] = {"customer": [0, 1], "arm": [0, 0], "gain_fen": [1.0, 2.0],
                             "cost_fen": [0, 5], "arms": ARMS, "groups": {}}  # fmt: skip
    assert Options(**whole).customers == 2
    with pytest.raises(ValueError, match=message):
        Options(**whole | changed)


def test_groups_count_customers_without_options() -> None:
    options = Options.of([(1, 0, 5.0, 1)], ARMS, {"city": [0, 0, 1]})
    assert options.customers == 3
    assert Options.of([], ARMS).customers == 0


def test_arrays_of_the_right_kind_are_not_copied() -> None:
    gain = np.array([1.0, 2.0])
    options = Options(
        np.array([0, 1], np.int32), np.zeros(2, np.int16), gain, np.zeros(2, np.int64), ARMS
    )
    assert options.gain_fen is gain


@pytest.mark.parametrize(
    "limits",
    [{"budget_fen": -1}, {"channels": {"call": -2}}, {"groups": {"city": {3: -1}}}],
)
def test_a_negative_limit_is_refused(limits: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="expected at least 0"):
        Limits(**limits)
