"""The budget curve beside choices at single budgets."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from serving.retention.choice import Limits, Options, choose
from serving.retention.choice.curve import ERROR, MAX_POINTS, Curve, curve
from tests.serving.retention.choice.cases import ARMS, Case, cases, operator


def is_concave(found: Curve) -> bool:
    slopes = np.diff(found.gain_fen) / np.diff(found.spend_fen)
    room = 1e-7 * (1 + slopes[:1])
    return bool((np.diff(slopes) <= room).all() and (slopes >= -room).all())


def gain_at(found: Curve, spend_fen: float) -> float:
    """By the lines between the points."""
    return float(np.interp(spend_fen, found.spend_fen, found.gain_fen))


@given(cases(most=6))
@settings(max_examples=25, deadline=None)
def test_the_curve_is_concave_and_near_the_bound_at_every_budget(case: Case) -> None:
    options, limits = case
    found = curve(options, limits)
    assert is_concave(found)
    assert (np.diff(found.marginal) <= 1e-9).all()
    for budget in range(0, 45, 7):
        bound = choose(options, replace(limits, budget_fen=budget)).bound_fen
        assert gain_at(found, budget) <= bound + 1e-6
        assert bound <= gain_at(found, budget) + found.error * found.gain_fen[-1] + 1e-6


def test_without_capacities_the_curve_is_exact() -> None:
    options, _ = operator(400)
    found = curve(options, Limits(20_000))
    assert len(found.spend_fen) <= MAX_POINTS + 2
    columns = (found.spend_fen[::40], found.gain_fen[::40], found.marginal[::40])
    for spend, gain, marginal in zip(*columns, strict=True):
        choice = choose(options, Limits(int(spend)))
        assert choice.bound_fen == pytest.approx(gain, rel=1e-9)
        assert marginal <= choice.multipliers.budget + 1e-9
    at = choose(options, Limits(20_000))
    assert found.budget_gain_fen == pytest.approx(at.bound_fen, rel=1e-9)
    assert found.next_gain == pytest.approx(at.multipliers.budget, rel=1e-9)


@pytest.mark.parametrize("bar", [0.0, 1.5])
def test_with_capacities_the_curve_is_near_and_stops_at_the_bar(bar: float) -> None:
    options, limits = operator(2_000)
    found = curve(options, limits, bar)
    assert is_concave(found)
    assert found.error <= ERROR
    for share in (0.03, 0.2, 0.55, 0.9):
        budget = int(share * found.spend_fen[-1])
        bound = choose(options, replace(limits, budget_fen=budget)).bound_fen
        assert 0 <= bound - gain_at(found, budget) + 1e-6 <= ERROR * found.gain_fen[-1] + 2e-6
    before = replace(limits, budget_fen=int(0.98 * found.stop_fen))
    after = replace(limits, budget_fen=int(1.02 * found.stop_fen) + 1)
    assert choose(options, before).multipliers.budget >= bar
    assert choose(options, after).multipliers.budget <= bar + 1e-6
    own = choose(options, limits)
    assert found.budget_gain_fen == pytest.approx(own.bound_fen, rel=1e-8)
    assert found.next_gain == pytest.approx(own.multipliers.budget, rel=1e-6)


def test_capacities_that_do_not_bind_change_nothing() -> None:
    options, _ = operator(500)
    exact = curve(options, Limits())
    loose = curve(options, Limits(channels={"call": 500}))
    assert loose.stop_fen == pytest.approx(exact.stop_fen)
    assert loose.gain_fen[-1] == pytest.approx(exact.gain_fen[-1])
    for spend in np.linspace(0, exact.stop_fen, 9):
        assert gain_at(loose, spend) == pytest.approx(
            gain_at(exact, spend), abs=ERROR * exact.gain_fen[-1]
        )


def test_the_next_yuan_and_the_stop_by_hand() -> None:
    rows = [(0, 0, 90.0, 10), (1, 0, 50.0, 10), (2, 0, 4.0, 20), (3, 1, 7.0, 0), (4, 1, -1.0, 0)]
    options = Options.of(rows, ARMS)
    found = curve(options, Limits(10))
    assert found.spend_fen.tolist() == [0, 10, 20, 40]
    assert found.gain_fen.tolist() == [7, 97, 147, 151]
    assert found.marginal.tolist() == [9.0, 5.0, 0.2, 0.0]
    assert (found.budget_gain_fen, found.next_gain) == (97.0, 5.0)
    assert (found.stop_fen, found.stop_gain_fen) == (40.0, 151.0)
    barred = curve(options, Limits(1_000), bar=0.5)
    assert (barred.stop_fen, barred.stop_gain_fen) == (20.0, 147.0)
    assert (barred.budget_gain_fen, barred.next_gain) == (151.0, 0.0)


@pytest.mark.parametrize("limits", [Limits(), Limits(5), Limits(5, {"call": 1})])
@pytest.mark.parametrize("rows", [[], [(0, 0, -3.0, 5)], [(0, 0, 3.0, 0)]])
def test_a_curve_of_one_point(limits: Limits, rows: list[tuple[int, int, float, int]]) -> None:
    found = curve(Options.of(rows, ARMS), limits)
    gain = max([0.0, *(row[2] for row in rows)])
    assert (found.spend_fen.tolist(), found.gain_fen.tolist()) == ([0.0], [gain])
    assert (found.stop_fen, found.next_gain) == (0.0, None if limits.budget_fen is None else 0.0)


def test_the_data_are_in_the_currency_and_are_json() -> None:
    found = curve(Options.of([(0, 0, 90.0, 10)], ARMS), Limits(500), bar=0.1)
    assert json.loads(json.dumps(found.data())) == {
        "points": [
            {"spend": 0.0, "gain": 0.0, "marginal": 9.0},
            {"spend": 0.1, "gain": 0.9, "marginal": 0.0},
        ],
        "error": 0.0,
        "bar": 0.1,
        "stop": {"spend": 0.1, "gain": 0.9},
        "budget": {"spend": 5.0, "gain": 0.9, "marginal": 0.0},
    }
    assert curve(Options.of([], ARMS), Limits()).data()["budget"] is None


def test_a_negative_bar_is_refused() -> None:
    with pytest.raises(ValueError, match="bar: found -1"):
        curve(Options.of([], ARMS), Limits(), bar=-1)
