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
from training.evaluation import evaluate, measures
from training.evaluation.figures import Evaluation
from training.evaluation.profit import Economics, expected_maximum_profit
from training.evaluation.segments import FEW_CHURNERS
from training.fit_settings import FitSettings
from training.panels import modelled
from training.statistics.metrics import auc
from training.statistics.ranking import MEASURES, rank


@pytest.fixture(scope="module")
def test_period(sample: Any) -> tuple[pd.DataFrame, np.ndarray]:
    """The sample's test rows and the truth as their risk."""
    there = (sample.rows["period"] == "test").to_numpy()
    return sample.rows[there], sample.truth[there]


@pytest.fixture(scope="module")
def figures(test_period: tuple[pd.DataFrame, np.ndarray], quick: FitSettings) -> Evaluation:
    rows, risk = test_period
    return evaluate(rows, risk, quick)


def test_figures_are_plain_json(figures: Evaluation) -> None:
    assert json.loads(json.dumps(figures.to_json(), allow_nan=False)) == figures


def test_headline_figures_are_of_who_left_or_stayed(
    figures: Evaluation, test_period: tuple[pd.DataFrame, np.ndarray]
) -> None:
    rows, risk = test_period
    keep = modelled(rows)
    assert figures["auc"] == auc(churned(rows[keep]), risk[keep], np.ones(keep.sum()))
    counts = figures["counts"]
    assert counts["rows"] == keep.sum()
    assert counts["left_early"] == (rows["outcome"] == "left_early").sum() > 0
    assert counts["competing"] == (rows["outcome"] == "competing").sum() > 0
    churners = rows.loc[rows["outcome"] == "left", "customer_id"]
    assert counts["churners"] == churners.nunique() < len(churners)
    assert counts["kinds"] == {"ported": len(churners)}
    assert counts["dates"] == ["2025-03-31", "2025-04-07"]


def test_on_the_full_base_an_early_churner_is_one_the_list_did_not_help(
    figures: Evaluation, test_period: tuple[pd.DataFrame, np.ndarray]
) -> None:
    rows, risk = test_period
    there = (rows["outcome"] != "competing").to_numpy()
    assert alike(figures["full_base"], measures(rows[there], risk[there]))
    assert figures["full_base"]["churn_rate"] < figures["churn_rate"]


def test_requests_to_cancel_are_excluded_from_the_second_view_and_modes_are_separate(
    figures: Evaluation, test_period: tuple[pd.DataFrame, np.ndarray]
) -> None:
    rows, risk = test_period
    keep = modelled(rows)
    quiet = keep & (rows["cancel_requests"] == 0).to_numpy()
    assert alike(figures["without_cancel_requests"], measures(rows[quiet], risk[quiet]))
    assert list(figures["by_payment_mode"]) == ["postpaid", "prepaid"]
    assert list(figures["by_city"]) == ["Anlan", "Beiling", "Chuan"]
    assert "by_tier" not in figures
    prepaid = keep & (rows["payment_mode"] == "prepaid").to_numpy()
    found = figures["by_payment_mode"]["prepaid"]
    assert alike(found, measures(rows[prepaid], risk[prepaid]))
    assert found["rows"] == prepaid.sum()
    for name in MEASURES:
        low, high = found[f"{name}_interval"]
        assert low < found[name] < high


def test_without_complaints_there_is_not_a_view_without_cancel_requests(
    test_period: tuple[pd.DataFrame, np.ndarray], quick: FitSettings
) -> None:
    rows, risk = test_period
    assert "without_cancel_requests" not in evaluate(
        rows.drop(columns="cancel_requests"), risk, quick
    )


def test_intervals_hold_the_figure_and_come_from_the_seed(
    figures: Evaluation,
    test_period: tuple[pd.DataFrame, np.ndarray],
    quick: FitSettings,
) -> None:
    rows, risk = test_period
    for name in MEASURES:
        low, high = figures[f"{name}_interval"]
        assert low < figures[name] < high
    assert evaluate(rows, risk, quick) == figures
    assert evaluate(rows, risk, replace(quick, seed=8)) != figures


def test_a_customers_rows_are_not_independent(quick: FitSettings) -> None:
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
    for name in set(MEASURES) - {"observed_over_expected", "top_decile_observed_over_expected"}:
        assert figures[name] is None
        assert figures[f"{name}_interval"] is None
    for name in ("oracle_auc", "share_of_oracle", "gap_closed", "rfm_auc"):
        assert figures[name] is None
        assert figures[f"{name}_interval"] is None
    assert set(figures["precision_at_k"].values()) == {None}
    assert figures["emp"] == {"profit": None, "profit_interval": None, "share": None}
    json.dumps(figures.to_json(), allow_nan=False)


def test_no_rows_are_null_figures(
    test_period: tuple[pd.DataFrame, np.ndarray], quick: FitSettings
) -> None:
    rows, _ = test_period
    figures = evaluate(rows.head(0), np.empty(0), quick)
    assert figures["counts"]["customers"] == 0
    assert all(figures[name] is None for name in MEASURES)


def test_one_churner_has_a_figure_and_no_interval(
    test_period: tuple[pd.DataFrame, np.ndarray], quick: FitSettings
) -> None:
    rows, risk = test_period
    rows = rows.assign(outcome="stayed")
    rows.loc[rows.index[int(risk.argmax())], "outcome"] = "left"
    figures = evaluate(rows, risk, quick)
    assert figures["auc"] > 0.99
    assert figures["auc_interval"] is None
    assert figures["by_city"]["Anlan"]["auc"] is None


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


def test_the_model_stands_between_rfm_and_the_oracle(
    test_period: tuple[pd.DataFrame, np.ndarray], quick: FitSettings
) -> None:
    rows, risk = test_period
    random = np.random.default_rng(2)
    own = risk * np.exp(random.normal(0, 0.5, len(risk)))
    below = risk * np.exp(random.normal(0, 2, len(risk)))
    figures = evaluate(rows, own, quick, oracle_of(rows, risk), rfm=below)
    keep = modelled(rows)
    label, ones = churned(rows[keep]), np.ones(keep.sum())
    found = [auc(label, risks[keep], ones) for risks in (below, own, risk)]
    assert [figures[name] for name in ("rfm_auc", "auc", "oracle_auc")] == found
    assert figures["auc_over_rfm"] == pytest.approx(found[1] - found[0])  # type: ignore[operator]
    assert figures["gap_closed"] == pytest.approx(
        (found[1] - found[0]) / (found[2] - found[0])  # type: ignore[operator]
    )
    for name in ("auc_over_rfm", "gap_closed", "share_of_oracle", "oracle_over_auc"):
        low, high = figures[f"{name}_interval"]
        assert low < figures[name] < high
    # Both are taken of the same draws, so their difference moves less than either.
    low, high = figures["oracle_over_auc_interval"]
    assert high - low < np.ptp(figures["auc_interval"])


def test_two_models_of_one_ranking_have_no_distance_in_any_draw(
    test_period: tuple[pd.DataFrame, np.ndarray], quick: FitSettings
) -> None:
    rows, risk = test_period
    figures = evaluate(rows, risk, quick, oracle_of(rows, risk), rfm=risk / 2)
    assert figures["auc_over_rfm_interval"] == [0, 0]
    assert figures["gap_closed"] is None
    assert figures["share_of_oracle_interval"] == [1, 1]


def test_precision_and_profit_at_the_top(
    figures: Evaluation,
    test_period: tuple[pd.DataFrame, np.ndarray],
    quick: FitSettings,
) -> None:
    rows, risk = test_period
    keep = modelled(rows)
    label, ones = churned(rows[keep]), np.ones(keep.sum())
    assert list(figures["precision_at_k"]) == ["0.01", "0.05", "0.1"]
    for name, value in figures["precision_at_k"].items():
        assert value == pytest.approx(rank(label, risk[keep]).weigh(ones).precision_at(float(name)))
        low, high = figures["precision_at_k_interval"][name]
        assert low <= value <= high
    best = expected_maximum_profit(label, risk[keep], ones, Economics())
    assert best is not None
    assert figures["emp"]["profit"] == pytest.approx(best.profit)
    assert figures["emp"]["share"] == pytest.approx(best.share)
    dearer = evaluate(rows, risk, quick, economics=Economics(lifetime_value=500))
    assert dearer["emp"]["profit"] > best.profit


def test_a_segment_of_few_churners_is_counted_and_not_judged(
    test_period: tuple[pd.DataFrame, np.ndarray], quick: FitSettings
) -> None:
    rows, risk = test_period
    tier = np.full(len(rows), "silver", dtype=object)
    tier[:80] = "gold"
    tier[80:90] = None
    figures = evaluate(rows.assign(value_tier=tier), risk, quick)
    assert list(figures["by_tier"]) == ["gold", "silver"]
    gold = figures["by_tier"]["gold"]
    assert 0 < gold["churners"] < FEW_CHURNERS < figures["by_tier"]["silver"]["churners"]
    assert {gold[name] for name in MEASURES} == {None}
    assert gold["auc_interval"] is None
    assert 0 < gold["churn_rate"] < 1
    assert figures["by_tier"]["silver"]["auc"] > 0.5


def test_other_leads_are_judged_on_the_dates_whose_labels_are_known(
    test_period: tuple[pd.DataFrame, np.ndarray], quick: FitSettings
) -> None:
    rows, risk = test_period
    first = rows["as_of"] == rows["as_of"].min()
    later = rows["outcome"].where(first)
    stayed = first & (rows["outcome"] == "left") & (rows.index % 2 == 0)
    later[stayed] = "stayed"
    unknown = pd.Series(index=rows.index, dtype=object)
    leads = {14: rows["outcome"], 28: later, 56: unknown}
    found = evaluate(rows, risk, quick, leads=leads)["by_lead"]
    assert list(found) == ["14", "28", "56"]
    assert found["14"]["auc"] == found["14"]["own_lead_auc"] == evaluate(rows, risk, quick)["auc"]
    assert [found[lead]["dates"] for lead in found] == [2, 1, 0]
    there = (first & later.isin(["left", "stayed"])).to_numpy()
    assert alike(found["28"], measures(rows.assign(outcome=later)[there], risk[there]))
    own = (first & rows["outcome"].isin(["left", "stayed"])).to_numpy()
    assert found["28"]["own_lead_auc"] == measures(rows[own], risk[own])["auc"]
    assert found["56"]["rows"] == 0
    assert found["56"]["auc"] is found["56"]["auc_interval"] is found["56"]["own_lead_auc"] is None


def test_the_base_rate_is_given_for_every_panel_date(sample: Any, quick: FitSettings) -> None:
    rows = sample.rows
    test = (rows["period"] == "test").to_numpy()
    rates = evaluate(rows[test], sample.truth[test], quick, panel=rows)["base_rate"]
    assert [rate["period"] for rate in rates] == ["fit"] * 2 + ["calibration"] * 2 + ["test"] * 2
    own = rows[modelled(rows) & (rows["as_of"] == rows["as_of"].min()).to_numpy()]
    assert rates[0]["date"] == "2025-03-03"
    assert rates[0]["rows"] == len(own)
    assert rates[0]["churn_rate"] == pytest.approx(churned(own).mean())
    postpaid = own[own["payment_mode"] == "postpaid"]
    assert rates[0]["by_payment_mode"]["postpaid"] == pytest.approx(churned(postpaid).mean())


def test_the_order_of_the_rows_changes_nothing(
    figures: Evaluation,
    test_period: tuple[pd.DataFrame, np.ndarray],
    quick: FitSettings,
) -> None:
    rows, risk = test_period
    mixed = np.random.default_rng(3).permutation(len(rows))
    again = evaluate(rows.iloc[mixed], risk[mixed], quick)
    cut_through_ties = {"top_decile_lift", "top_decile_observed_over_expected"}
    for name in set(MEASURES) - cut_through_ties:
        assert again[name] == pytest.approx(figures[name])
        assert again[f"{name}_interval"] == pytest.approx(figures[f"{name}_interval"])


def test_an_oracle_that_knows_nothing_has_no_share(
    test_period: tuple[pd.DataFrame, np.ndarray], quick: FitSettings
) -> None:
    rows, risk = test_period
    figures = evaluate(rows, risk, quick, oracle_of(rows, np.full(len(rows), 0.1)))
    assert figures["oracle_auc"] == 0.5
    assert figures["share_of_oracle"] is None


def test_progress_is_reported(
    test_period: tuple[pd.DataFrame, np.ndarray], quick: FitSettings
) -> None:
    steps: list[tuple[str, int, int]] = []
    report: Callable[[str, int, int], None] = lambda *step: steps.append(step)  # noqa: E731
    rows, risk = test_period
    evaluate(rows, risk, quick, progress=report)
    assert steps[-1] == ("intervals", quick.bootstrap, quick.bootstrap)


def oracle_of(rows: pd.DataFrame, probability: np.ndarray) -> pd.DataFrame:
    return rows[["customer_id", "as_of"]].assign(probability_observable=probability)


def alike(found: dict[str, Any], expected: dict[str, Any]) -> bool:
    """Whether `found` holds all that `expected` does; it may hold more."""
    return {name: found[name] for name in expected} == pytest.approx(expected)
