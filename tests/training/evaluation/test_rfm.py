"""The baseline on recency, frequency and monetary value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from training.churn import churned
from training.evaluation.rfm import rfm_columns, rfm_risk
from training.panels import modelled
from training.statistics.metrics import auc


@pytest.fixture
def periods(sample: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    rows = sample.rows
    return rows[rows["period"] == "fit"], rows[rows["period"] == "test"]


def test_it_knows_recency_frequency_and_money_and_nothing_else(
    periods: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    fit, test = periods
    assert rfm_columns(fit) == ["active_days_4w", "bill_cny_13w_mean"]
    requested = test.assign(cancel_requests=1.0, city="elsewhere")
    assert rfm_risk(fit, requested) == pytest.approx(rfm_risk(fit, test))


def test_it_ranks_and_its_level_is_the_fit_periods(
    periods: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    fit, test = periods
    risk = rfm_risk(fit, test)
    assert risk is not None
    assert risk.shape == (len(test),)
    keep = modelled(test)
    found = auc(churned(test[keep]), risk[keep], np.ones(keep.sum()))
    assert found is not None
    assert found > 0.7
    assert risk.mean() == pytest.approx(churned(fit[modelled(fit)]).mean(), abs=0.02)


def test_it_learns_nothing_from_the_test_period(
    periods: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    fit, test = periods
    risk = rfm_risk(fit, test)
    assert risk is not None
    half = rfm_risk(fit, test.assign(outcome="left").iloc[: len(test) // 2])
    assert half == pytest.approx(risk[: len(test) // 2])
    whole = pd.concat([fit, test.assign(outcome="left")])
    assert rfm_risk(whole, test) == pytest.approx(risk)


def test_a_missing_value_is_the_median_of_the_fit_period_and_marked(
    periods: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    fit, test = periods
    gone = rfm_risk(fit, test.assign(bill_cny_13w_mean=np.nan))
    assert gone is not None
    assert np.isfinite(gone).all()
    # A column that the fit period never saw is not a column.
    without = fit.assign(bill_cny_13w_mean=np.nan)
    assert rfm_risk(without, test) == pytest.approx(
        rfm_risk(fit.drop(columns="bill_cny_13w_mean"), test)
    )


def test_without_columns_or_churners_there_is_no_baseline(
    periods: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    fit, test = periods
    none = [*rfm_columns(fit)]
    assert rfm_risk(fit.drop(columns=none), test) is None
    assert rfm_risk(fit.assign(outcome="stayed"), test) is None
