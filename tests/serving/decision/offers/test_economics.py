"""What an action is expected to bring: DESIGN's formula, worked by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.windows import MONTH_DAYS
from serving.decision.decision_settings import decision_settings
from serving.decision.offers.economics import (
    Effect,
    Predicted,
    colour,
    effect,
    largest_paying,
    risk_band,
    value_band,
)
from serving.decision.offers.ladder import Rung

SETTINGS = decision_settings(Path("no home"))
DISCOUNT = SETTINGS.actions["discount"]
RUNG = Rung("discount", "money", 3000)
# With a horizon of one mean month survival is 1 - risk.
MONTH = round(MONTH_DAYS)


def test_the_gain_is_the_formula_worked_by_hand() -> None:
    """S0 = 0.5, V = 1,000.00; hazard 2 on refusal halves S again, acceptance loses no margin."""
    action = replace(
        DISCOUNT, acceptance=0.4, hazard=0.5, refused_hazard=2.0, margin_share=0.9, cost=30.0
    )
    settings = replace(SETTINGS, economics=replace(SETTINGS.economics, reach=0.8, contact_cost=2.0))
    power = MONTH_DAYS / 30
    risk = 1 - 0.5 ** (1 / power)
    found = effect(action, RUNG, Predicted(risk, 30, 10_000.0, 100_000.0), settings, "browse")
    assert found is not None
    accepted, refused, without = 0.5**0.5 * 90_000, 0.25 * 100_000, 50_000
    by_hand = 0.8 * (0.4 * (accepted - 3000) + 0.6 * refused - without) - 200
    assert found.gain_fen == pytest.approx(by_hand)


@given(st.floats(0.001, 0.99), st.floats(0, 1e6), st.sampled_from(sorted(SETTINGS.actions)))
def test_at_the_break_even_cost_the_gain_is_nothing(risk: float, value: float, name: str) -> None:
    action, predicted = SETTINGS.actions[name], Predicted(risk, 30, value / 12, value)
    found = effect(action, RUNG, predicted, SETTINGS, "browse")
    assert found is not None
    at_even = replace(RUNG, cost_fen=found.breaks_even_fen)  # type: ignore[arg-type]
    again = effect(action, at_even, predicted, SETTINGS, "browse")
    assert again is not None
    assert again.gain_fen == pytest.approx(0, abs=1e-6 * max(value, 1))


def test_who_comes_to_cancel_is_taken_at_their_word() -> None:
    calm = Predicted(0.02, 30, 5_000.0, 50_000.0)
    browse, cancel = (
        effect(DISCOUNT, RUNG, calm, SETTINGS, intent) for intent in ("browse", "cancel")
    )
    assert browse is not None
    assert cancel is not None
    assert cancel.gain_fen > browse.gain_fen


def test_a_plan_that_costs_less_brings_less_margin() -> None:
    plan, predicted = SETTINGS.actions["better_plan"], Predicted(0.3, 30, 5_000.0, 50_000.0)
    gains = [
        effect(plan, Rung("better_plan", "plan", 0, "B", saving), predicted, SETTINGS, "browse")
        for saving in (0, 3_000, 15_000, 99_000)
    ]
    found = [one.gain_fen for one in gains if one]
    assert found == sorted(found, reverse=True)
    assert found[2] == found[3]  # no margin remains of either


def test_colours_have_declared_bounds() -> None:
    gains = {100.0: "green", 99.0: "amber", -100.0: "amber", -101.0: "red"}
    for gain, expected in gains.items():
        assert colour(Effect(gain, 0.0), SETTINGS) == expected
    assert colour(None, SETTINGS) is None


def test_value_bands_are_half_open() -> None:
    bands = [value_band(fen, SETTINGS) for fen in (9_999, 10_000, 49_999, 50_000)]
    assert bands == ["low", "middle", "middle", "high"]
    assert value_band(None, SETTINGS) is None


def test_risk_bands_are_half_open() -> None:
    bands = [risk_band(risk, SETTINGS) for risk in (0.0, 0.0499, 0.05, 0.1999, 0.2, 1.0)]
    assert bands == ["low", "low", "middle", "middle", "high", "high"]
    assert risk_band(None, SETTINGS) is None


def test_the_largest_paying_incentive_is_of_money_alone() -> None:
    rungs = (Rung("better_plan", "plan", 0), Rung("discount", "money", 3000))
    effects = {"better_plan": Effect(1.0, 9_999.0), "discount": Effect(1.0, 4_200.7)}
    assert largest_paying(effects, rungs) == 4200
    assert largest_paying({**effects, "discount": Effect(-1.0, -50.0)}, rungs) == 0
    assert largest_paying({**effects, "discount": None}, rungs) is None
