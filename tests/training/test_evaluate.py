"""The figures of a test period."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from training.churn import churned
from training.evaluate import evaluate, measures
from training.metrics import METRICS, auc
from training.panel import modelled
from training.settings import FitSettings


@pytest.fixture(scope="module")
def test_period(sample: Any) -> tuple[pd.DataFrame, np.ndarray]:
    """The sample's test rows and the truth as their risk."""
    there = (sample.rows["period"] == "test").to_numpy()
    return sample.rows[there], sample.truth[there]


@pytest.fixture(scope="module")
def figures(test_period: tuple[pd.DataFrame, np.ndarray], quick: FitSettings) -> dict[str, Any]:
    rows, risk = test_period
    return evaluate(rows, risk, quick)


def test_figures_are_plain_json(figures: dict[str, Any]) -> None:
    assert json.loads(json.dumps(figures, allow_nan=False)) == figures


def test_headline_figures_are_of_who_left_or_stayed(
    figures: dict[str, Any], test_period: tuple[pd.DataFrame, np.ndarray]
) -> None:
    rows, risk = test_period
    keep = modelled(rows)
    assert figures["auc"] == auc(churned(rows[keep]), risk[keep], np.ones(keep.sum()))
    counts = figures["counts"]
    assert counts["rows"] == keep.sum()
    assert counts["left_early"] == (rows["outcome"] == "left_early").sum() > 0
    assert counts["competing"] == (rows["outcome"] == "competing").sum() > 0
    leavers = rows.loc[rows["outcome"] == "left", "customer_id"]
    assert counts["leavers"] == leavers.nunique() < len(leavers)
    assert counts["kinds"] == {"ported": len(leavers)}
    assert counts["dates"] == ["2025-03-31", "2025-04-07"]


def test_on_the_full_base_an_early_leaver_is_one_the_list_did_not_help(
    figures: dict[str, Any], test_period: tuple[pd.DataFrame, np.ndarray]
) -> None:
    rows, risk = test_period
    there = (rows["outcome"] != "competing").to_numpy()
    assert figures["full_base"] == measures(rows[there], risk[there])
    assert figures["full_base"]["churn_rate"] < figures["churn_rate"]


def test_who_asked_to_cancel_is_left_out_of_the_second_view_and_modes_stand_apart(
    figures: dict[str, Any], test_period: tuple[pd.DataFrame, np.ndarray]
) -> None:
    rows, risk = test_period
    keep = modelled(rows)
    quiet = keep & (rows["cancel_requests"] == 0).to_numpy()
    assert figures["without_asked"] == measures(rows[quiet], risk[quiet])
    assert list(figures["by_payment_mode"]) == ["postpaid", "prepaid"]
    prepaid = keep & (rows["payment_mode"] == "prepaid").to_numpy()
    assert figures["by_payment_mode"]["prepaid"] == measures(rows[prepaid], risk[prepaid])


def test_without_complaints_nothing_is_said_of_who_asked(
    test_period: tuple[pd.DataFrame, np.ndarray], quick: FitSettings
) -> None:
    rows, risk = test_period
    assert "without_asked" not in evaluate(rows.drop(columns="cancel_requests"), risk, quick)


def test_intervals_hold_the_figure_and_come_from_the_seed(
    figures: dict[str, Any],
    test_period: tuple[pd.DataFrame, np.ndarray],
    quick: FitSettings,
) -> None:
    rows, risk = test_period
    for name in METRICS:
        low, high = figures[f"{name}_interval"]
        assert low < figures[name] < high
    assert evaluate(rows, risk, quick) == figures
    assert evaluate(rows, risk, replace(quick, seed=8)) != figures


def test_a_customers_rows_are_no_independent_witnesses(quick: FitSettings) -> None:
    """Every row ten times: with customers resampled the interval stays as wide."""
    random = np.random.default_rng(1)
    risk = random.uniform(0.05, 0.6, 300)
    once = pd.DataFrame(
        {
            "customer_id": [f"C{number}" for number in range(300)],
            "as_of": pd.Timestamp("2025-03-31"),
            "outcome": np.where(random.random(300) < risk, "left", "stayed"),
            "kind": "ported",
            "payment_mode": "prepaid",
        }
    )
    often = pd.concat([once] * 10, ignore_index=True)
    one = evaluate(once, risk, quick)["auc_interval"]
    ten = evaluate(often, np.tile(risk, 10), quick)["auc_interval"]
    assert ten == pytest.approx(one)


@pytest.mark.parametrize("outcome", ["stayed", "left", "left_early", "competing"])
def test_where_all_fared_alike_figures_are_null_and_nothing_fails(
    test_period: tuple[pd.DataFrame, np.ndarray], quick: FitSettings, outcome: str
) -> None:
    rows, risk = test_period
    figures = evaluate(rows.assign(outcome=outcome), risk, quick, oracle_of(rows, risk))
    for name in set(METRICS) - {"observed_over_expected"}:
        assert figures[name] is None
        assert figures[f"{name}_interval"] is None
    assert figures["oracle_auc"] is None
    assert figures["share_of_oracle"] is None
    json.dumps(figures, allow_nan=False)


def test_no_rows_are_null_figures(
    test_period: tuple[pd.DataFrame, np.ndarray], quick: FitSettings
) -> None:
    rows, _ = test_period
    figures = evaluate(rows.head(0), np.empty(0), quick)
    assert figures["counts"]["customers"] == 0
    assert all(figures[name] is None for name in METRICS)


def test_one_leaver_has_a_figure_and_no_interval(
    test_period: tuple[pd.DataFrame, np.ndarray], quick: FitSettings
) -> None:
    rows, risk = test_period
    rows = rows.assign(outcome="stayed")
    rows.loc[rows.index[int(risk.argmax())], "outcome"] = "left"
    figures = evaluate(rows, risk, quick)
    assert figures["auc"] > 0.99
    assert figures["auc_interval"] is None


def test_the_oracle_is_judged_on_the_rows_it_speaks_of(
    test_period: tuple[pd.DataFrame, np.ndarray], quick: FitSettings
) -> None:
    rows, risk = test_period
    oracle = oracle_of(rows, risk)
    own = np.round(risk, 1)
    figures = evaluate(rows, own, quick, oracle)
    keep = modelled(rows)
    label, ones = churned(rows[keep]), np.ones(keep.sum())
    assert figures["oracle_auc"] == auc(label, risk[keep], ones)
    assert figures["oracle_rows"] == keep.sum()
    assert figures["share_of_oracle"] == pytest.approx(
        (auc(label, own[keep], ones) - 0.5) / (figures["oracle_auc"] - 0.5)  # type: ignore[operator]
    )
    assert evaluate(rows, risk, quick, oracle)["share_of_oracle"] == 1
    half = evaluate(rows, own, quick, oracle.head(len(oracle) // 2))
    assert 0 < half["oracle_rows"] < keep.sum()


def test_an_oracle_that_knows_nothing_has_no_share(
    test_period: tuple[pd.DataFrame, np.ndarray], quick: FitSettings
) -> None:
    rows, risk = test_period
    figures = evaluate(rows, risk, quick, oracle_of(rows, np.full(len(rows), 0.1)))
    assert figures["oracle_auc"] == 0.5
    assert figures["share_of_oracle"] is None


def test_progress_is_told(test_period: tuple[pd.DataFrame, np.ndarray], quick: FitSettings) -> None:
    told: list[tuple[str, int, int]] = []
    tell: Callable[[str, int, int], None] = lambda *step: told.append(step)  # noqa: E731
    rows, risk = test_period
    evaluate(rows, risk, quick, progress=tell)
    assert told[-1] == ("intervals", quick.bootstrap, quick.bootstrap)


def oracle_of(rows: pd.DataFrame, probability: np.ndarray) -> pd.DataFrame:
    return rows[["customer_id", "as_of"]].assign(probability_observable=probability)
