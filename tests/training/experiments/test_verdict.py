"""A test is called what it is, in both languages."""

from __future__ import annotations

import numpy as np
import pytest

from training.experiments.checks import Check
from training.experiments.effects.clustered import Interval
from training.experiments.effects.estimates import ANY, Effect, Measure
from training.experiments.verdict import outcomes_of, significant, verdict

BOUGHT = Measure("bought", "share", np.empty(0))
CHURN = Measure("churn", "share", np.empty(0), is_wanted=False)
PROFIT = Measure("profit", "amount", np.empty(0))


def effect(arm: str, value: float, p_value: float, measure: Measure = BOUGHT) -> Effect:
    found = Interval(value, value - 0.02, value + 0.02, p_value)
    return Effect(arm, measure, found, found, (value - 0.04, value + 0.04), 0.95)


@pytest.mark.parametrize(
    ("effects", "says"),
    [
        ([effect("A", 0.01, 0.4)], "A: no effect on bought that differs from chance"),
        ([effect("A", 0.05, 1e-4)], "A helps: bought +5.00 points (+3.00 to +7.00) at 95%."),
        ([effect("A", -0.05, 1e-4)], "A harms: bought -5.00 points"),
        ([effect("A", -0.05, 1e-4, CHURN)], "A helps: churn -5.00 points"),
        ([effect("A", 0.05, 1e-4, CHURN)], "A harms: churn +5.00 points"),
    ],
)
def test_help_harm_and_nothing(effects: list[Effect], says: str) -> None:
    assert verdict((), effects, "en").startswith(says)


def test_an_arm_that_helps_and_loses_money_is_called_both() -> None:
    effects = [effect("A", 0.05, 1e-4), effect("A", -2.0, 1e-4, PROFIT)]
    assert "loses money although it helps: profit -2.0" in verdict((), effects, "en")
    assert "虽然有益，但对所有客户采用会亏损" in verdict((), effects, "zh")


@pytest.mark.parametrize(
    ("value", "p_value", "says"),
    [(2.0, 1e-4, "pays"), (2.0, 0.3, "cannot be said"), (-2.0, 1e-4, "loses money: profit")],
)
def test_money_is_judged_by_itself(value: float, p_value: float, says: str) -> None:
    effects = [effect("A", 0.01, 0.5), effect("A", value, p_value, PROFIT)]
    assert says in verdict((), effects, "en")


def test_arms_that_differ_are_refused_with_the_reason() -> None:
    check = Check("balance", False, "balance_bad", {"shown": "age 0.40", "chance": 1e-9}, True)
    assert verdict((check,), (), "en").startswith("No effect can be named")
    assert "age 0.40" in verdict((check,), (), "en")
    assert "不给出效果" in verdict((check,), (), "zh")


def test_several_arms_are_accounted_for() -> None:
    effects = [effect("A", 0.03, 0.03), effect("B", 0.03, 0.04), effect(ANY, 0.03, 1e-9)]
    assert significant(effects[:2]) == (False, False)
    assert significant([effects[0]]) == (True,)
    assert outcomes_of(effects) == {"A": "none", "B": "none"}
