"""Expected maximum profit and the profit curve."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from empulse.metrics import empc_score
from scipy.integrate import quad
from scipy.stats import beta

from training.evaluation.profit import Economics, expected_maximum_profit, profit_curve

OTHER = Economics(lifetime_value=50, offer_cost=4, contact_cost=0.5, accept_alpha=3, accept_beta=2)


def drawn(n: int, seed: int, *, tied: bool) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    risk = random.integers(1, 40, n) / 41 if tied else random.random(n)
    return (random.random(n) < risk**2).astype(float), risk


@pytest.mark.parametrize("economics", [Economics(), OTHER], ids=["paper", "other"])
@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("n", [40, 1500])
def test_expected_maximum_profit_agrees_with_empulse(
    n: int, tied: bool, economics: Economics
) -> None:
    churned, risk = drawn(n, seed=n, tied=tied)
    best = expected_maximum_profit(churned, risk, np.ones(n), economics)
    assert best is not None
    named: Any = {
        "alpha": economics.accept_alpha,
        "beta": economics.accept_beta,
        "clv": economics.lifetime_value,
        "incentive_cost": economics.offer_cost,
        "contact_cost": economics.contact_cost,
    }
    assert best.profit == pytest.approx(empc_score(churned, risk, **named))
    assert best.share == pytest.approx(empc_score.optimal_rate(churned, risk, **named))


def test_it_is_the_integral_of_the_best_lists_profit_over_acceptances() -> None:
    churned, risk = drawn(60, seed=4, tied=True)
    cuts = [-1.0, *np.unique(risk), 2.0]

    def best_profit(acceptance: float) -> float:
        profits = []
        for cut in cuts:
            left = churned[risk >= cut].sum()
            stayed = (risk >= cut).sum() - left
            profits.append((acceptance * (200 - 10) - 1) * left - (10 + 1) * stayed)
        return float(max(profits)) / 60 * float(beta(6, 14).pdf(acceptance))

    expected = sum(quad(best_profit, low, low + 0.1, limit=200)[0] for low in np.arange(10) / 10)
    best = expected_maximum_profit(churned, risk, np.ones(60), Economics())
    assert best is not None
    assert best.profit == pytest.approx(expected, rel=1e-5)


def test_a_weight_is_a_repetition_of_the_row() -> None:
    churned, risk = drawn(80, seed=5, tied=True)
    times = np.random.default_rng(1).integers(0, 4, 80)
    once = expected_maximum_profit(churned, risk, times.astype(float), Economics())
    total = int(times.sum())
    again = expected_maximum_profit(
        np.repeat(churned, times), np.repeat(risk, times), np.ones(total), Economics()
    )
    assert once is not None
    assert again is not None
    assert (once.profit, once.share) == pytest.approx((again.profit, again.share))


def test_with_free_offers_all_customers_down_to_the_last_churner_are_contacted() -> None:
    free = Economics(offer_cost=0, contact_cost=0)
    best = expected_maximum_profit(np.array([1.0, 0]), np.array([0.2, 0.8]), np.ones(2), free)
    assert best is not None
    assert best.profit == pytest.approx(0.5 * 0.3 * 200)
    assert best.share == pytest.approx(1)


def test_offers_above_the_customers_value_are_made_to_no_customer() -> None:
    expensive = replace(Economics(), offer_cost=199.0, contact_cost=100.0)
    best = expected_maximum_profit(np.array([1.0, 0]), np.array([0.8, 0.2]), np.ones(2), expensive)
    assert best is not None
    assert (best.profit, best.share) == pytest.approx((0, 0))


@pytest.mark.parametrize("everyone", [0.0, 1.0])
def test_where_all_fared_alike_it_is_null(everyone: float) -> None:
    assert (
        expected_maximum_profit(np.full(3, everyone), np.ones(3), np.ones(3), Economics()) is None
    )
    nothing = np.empty(0)
    assert expected_maximum_profit(nothing, nothing, nothing, Economics()) is None


def test_the_profit_curve_is_counted_by_hand() -> None:
    # A churner brings 0.3 * (200 - 10) - 1 = 56, a stayer costs 10 + 1 = 11.
    shares, profits = profit_curve(np.array([0.0, 1]), np.array([0.2, 0.8]), Economics())
    assert shares == pytest.approx([0, 0.5, 1])
    assert profits == pytest.approx([0, 56 / 2, (56 - 11) / 2])


def test_the_curve_of_no_customer_starts_and_ends_at_nothing() -> None:
    shares, profits = profit_curve(np.empty(0), np.empty(0), Economics())
    assert (list(shares), list(profits)) == ([0], [0])
