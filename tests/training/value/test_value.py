"""The models of value: what they learn, what they say, and that reasons sum to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from features.engine.store import open_histories
from features.errors import NotEnoughData
from features.histories.bills.tiers import TIERS, tiers_of
from training.churn.calibration import EVERYONE
from training.encoding import encode
from training.fit_settings import TrainingSettings
from training.value import STEPS, ValueModels, likeliest, means, next_margin, sums_of
from training.value import valuation as module
from training.value.figures import value_figures
from training.value.fit import fit_value
from training.value.valuation import tier_bounds, valuate, with_tiers

BOUNDS = (3_000, 6_000, 10_000)
COLUMNS = ("mean_bill_cny", "rising", "noise")


@dataclass(frozen=True)
class Valued:
    """Rows as `value_panel` gives them, and models fitted on them."""

    rows: pd.DataFrame
    models: ValueModels
    settings: TrainingSettings

    @property
    def matrix(self) -> NDArray[np.float32]:
        return encode(self.rows, COLUMNS, {})


def drawn(customers: int = 1500, season: float = 0.0) -> pd.DataFrame:
    """Two fit dates and a test date: bills rise by 40 % where `rising` is 1, else stay.

    At the second fit date everyone's bills rise by `season` besides.
    """
    random = np.random.default_rng(5)
    dates = pd.to_datetime(["2025-03-03", "2025-04-07", "2025-10-06"]).as_unit("us")
    n = customers * len(dates)
    bill = np.tile(random.gamma(4, 15, customers), len(dates))
    rising = (random.random(n) < 0.3).astype(float)
    come = bill * (1 + 0.4 * rising) * np.exp(random.normal(0, 0.05, n))
    come *= 1 + season * (np.repeat(np.arange(len(dates)), customers) == 1)
    revenue_fen, next_fen = (np.rint(300 * amount).astype(np.int64) for amount in (bill, come))
    return pd.DataFrame(
        {
            "customer_id": np.tile([f"C{place:05d}" for place in range(customers)], len(dates)),
            "as_of": np.repeat(dates, customers),
            "mean_bill_cny": bill,
            "rising": rising,
            "noise": random.normal(size=n),
            "bills": 3,
            "revenue_fen": revenue_fen,
            "margin_fen": revenue_fen // 2,
            "change_fen": 0.0,
            "next_revenue_fen": next_fen,
            "next_margin_fen": next_fen // 2,
            "period": np.repeat(["fit", "fit", "test"], customers),
        }
    )


def fitted(rows: pd.DataFrame, settings: TrainingSettings) -> ValueModels:
    return fit_value(rows, COLUMNS, {}, BOUNDS, settings, {"everyone": 0.03})


@pytest.fixture(scope="module")
def valued(training_settings: TrainingSettings) -> Valued:
    settings = replace(training_settings, fit=replace(training_settings.fit, bootstrap=20))
    rows = drawn()
    return Valued(rows, fitted(rows, settings), settings)


def test_chances_are_chances_and_amounts_are_in_the_currency(valued: Valued) -> None:
    chances = valued.models.tier_probabilities(valued.matrix)
    assert chances.shape == (len(valued.rows), len(TIERS))
    np.testing.assert_allclose(chances.sum(axis=1), 1)
    margin = valued.models.monthly_margin(valued.matrix, sums_of(valued.rows))
    assert margin.mean() == pytest.approx(next_margin(valued.rows).mean(), rel=0.02)


def test_what_is_expected_sums_to_what_comes(valued: Valued) -> None:
    test = (valued.rows["period"] == "test").to_numpy()
    margin = valued.models.monthly_margin(valued.matrix[test], sums_of(valued.rows[test]))
    ratio = next_margin(valued.rows[test]).sum() / margin.sum()
    assert ratio == pytest.approx(1, abs=0.02)


def test_a_season_of_one_date_is_spread_over_all(training_settings: TrainingSettings) -> None:
    """Half of the fit dates at 20 % more: the level moves by half, whatever a date's marks."""
    rows = drawn(season=0.2)
    rows["noise"] = (rows["as_of"] == rows["as_of"].unique()[1]).astype(float)  # betrays the date
    models = fitted(rows, training_settings)
    test = rows[rows["period"] == "test"]
    seen = [
        models.monthly_margin(encode(test.assign(noise=mark), COLUMNS, {}), sums_of(test)).sum()
        for mark in (0.0, 1.0)
    ]
    assert seen[0] == pytest.approx(seen[1], rel=0.03)  # not by 20 %
    assert np.mean(seen) / next_margin(test).sum() == pytest.approx(1.1, abs=0.02)


def test_without_a_bill_there_is_no_margin(valued: Valued) -> None:
    nothing = np.zeros((2, 3), dtype=np.int64)
    assert np.isnan(valued.models.monthly_margin(valued.matrix[:2], nothing)).all()
    assert np.isnan(means(nothing)).all()


def test_effects_sum_to_the_ordinal_score(valued: Valued) -> None:
    matrix = valued.matrix[:200]
    raw = np.asarray(valued.models.tier.predict(matrix, raw_score=True))
    effects = valued.models.tier_effects(matrix)
    assert effects.shape == (200, len(COLUMNS) + 1)
    np.testing.assert_allclose(effects.sum(axis=1), raw @ STEPS, atol=1e-6)


def test_what_makes_bills_rise_pushes_up(valued: Valued) -> None:
    middle = valued.rows["mean_bill_cny"].between(45, 59) & (valued.rows["rising"] == 1)
    effects = valued.models.tier_effects(valued.matrix[middle.to_numpy()])
    assert effects[:, 1].mean() > 0


def test_no_rows_are_answered_with_none(valued: Valued) -> None:
    empty = valued.matrix[:0]
    assert valued.models.tier_probabilities(empty).shape == (0, len(TIERS))
    assert valued.models.tier_effects(empty).shape == (0, len(COLUMNS) + 1)
    assert valued.models.monthly_margin(empty, np.empty((0, 3), dtype=np.int64)).shape == (0,)


def test_the_test_dates_do_not_touch_the_fit(valued: Valued) -> None:
    rows = valued.rows.copy()
    test = rows["period"] == "test"
    rows.loc[test, ["next_revenue_fen", "next_margin_fen"]] = 10**6
    rows.loc[test, "rising"] = 0.0
    again = fitted(rows, valued.settings)
    assert again.tier.model_to_string() == valued.models.tier.model_to_string()
    assert again.margin.model_to_string() == valued.models.margin.model_to_string()


def test_the_figures_beat_the_prediction_that_nothing_changes(valued: Valued) -> None:
    figures = value_figures(valued.models, valued.rows, COLUMNS, {}, BOUNDS, valued.settings.fit)
    assert figures["tier_kappa"] > figures["tier_kappa_unchanged"]
    assert figures["margin_mae"] < figures["margin_mae_unchanged"]
    for name in ("tier_kappa", "tier_up_ap", "margin_mae"):
        low, high = figures[f"{name}_over_unchanged_interval"]
        assert 0 < low < high
    assert figures["tier_up_ap_over_trend_interval"][0] > 0
    assert figures["margin_observed_over_expected"] == pytest.approx(1, abs=0.02)


def test_the_baselines_are_what_they_say(valued: Valued) -> None:
    figures = value_figures(valued.models, valued.rows, COLUMNS, {}, BOUNDS, valued.settings.fit)
    test = valued.rows[valued.rows["period"] == "test"]
    three = np.full(len(test), 3)
    today = tiers_of(test["revenue_fen"].to_numpy(), three, BOUNDS)
    came = tiers_of(test["next_revenue_fen"].to_numpy(), three, BOUNDS)
    assert figures["tier_up_ap_unchanged"] == pytest.approx((came > today)[today < 3].mean())
    assert figures["tier_down_ap_unchanged"] == pytest.approx((came < today)[today > 0].mean())
    off = (test["next_margin_fen"] - test["margin_fen"]).abs().mean() / 300
    assert figures["margin_mae_unchanged"] == pytest.approx(off)
    matrix = np.array(figures["tier_matrix"])
    assert matrix.sum() == len(test)
    assert matrix.sum(axis=1).tolist() == np.bincount(came, minlength=4).tolist()


def test_where_no_customer_moves_the_figures_are_null(valued: Valued) -> None:
    still = valued.rows.assign(revenue_fen=300, margin_fen=150, next_revenue_fen=300)
    figures = value_figures(valued.models, still, COLUMNS, {}, BOUNDS, valued.settings.fit)
    for name in ("tier_kappa_unchanged", "tier_up_ap", "tier_down_ap", "tier_up_ap_trend"):
        assert figures[name] is None
        assert figures["tier_up_ap_over_unchanged_interval"] is None


def test_the_middle_of_the_chances_is_predicted() -> None:
    chances = np.array([[0.5, 0.5, 0, 0], [0.4, 0.2, 0.2, 0.2], [0, 0, 0.1, 0.9]])
    assert likeliest(chances).tolist() == [0, 1, 3]


def test_the_trained_version_has_it_all(small_home: Any) -> None:
    bundle = small_home.trained.bundle
    figures = bundle.evaluation["value"]
    assert figures["note"] is None
    assert bundle.value is not None
    assert [bound * 100 for bound in figures["tier_bounds"]] == pytest.approx(
        bundle.tier_bounds_fen
    )
    assert set(bundle.value.base_risk) == {"everyone", "postpaid", "prepaid"}
    assert figures["periods"]["fit"]["last"] < figures["periods"]["test"]["first"]
    assert set(bundle.evaluation["by_tier"]) <= set(TIERS)


def test_too_little_history_is_a_note_and_no_crash(
    small_home: Any, small_panel: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_little(*_: object) -> None:
        raise NotEnoughData("the history is 7 days too short")

    monkeypatch.setattr(module, "value_panel", too_little)
    histories = open_histories(small_home.home)
    found = valuate(histories, small_home.as_of, small_panel, None, small_home.training)  # type: ignore[arg-type]
    assert found.models is None
    assert found.bounds == small_home.trained.bundle.tier_bounds_fen
    assert found.figures == {"note": "the history is 7 days too short"}


def test_without_bills_there_are_no_tiers(small_home: Any, small_panel: pd.DataFrame) -> None:
    histories = open_histories(small_home.home)
    without = {name: own for name, own in histories.tables.items() if name != "bills"}
    bare = replace(histories, tables=without)
    found = valuate(bare, small_home.as_of, small_panel, None, small_home.training)  # type: ignore[arg-type]
    assert (found.bounds, found.models) == (None, None)
    assert "no bill is known" in found.figures["note"]
    assert with_tiers(bare, small_panel, None) is small_panel


def test_bounds_are_cut_over_individuals_alone(small_home: Any) -> None:
    histories = open_histories(small_home.home)
    bounds = tier_bounds(histories, small_home.as_of)
    profiles = histories.tables["customers"]
    everyone = replace(
        histories,
        tables=histories.tables | {"customers": profiles.mutate(group_id=profiles.customer_id)},
    )
    assert bounds is not None
    assert tier_bounds(everyone, small_home.as_of) is None


def test_a_payment_mode_without_a_mean_risk_has_that_of_all(valued: Valued) -> None:
    own = replace(valued.models, base_risk={EVERYONE: 0.03, "prepaid": 0.05})
    modes = np.array(["prepaid", "postpaid", None], dtype=object)
    assert own.mean_risk(modes).tolist() == [0.05, 0.03, 0.03]
