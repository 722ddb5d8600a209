"""From raw score to probability."""

from __future__ import annotations

import numpy as np
import pytest

from training.churn.calibration import EVERYONE, FEW_CHURNERS, Calibration, Curve, fit_calibration
from training.statistics.logistic import probability


def drawn(n: int, intercept: float, slope: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    raw = random.normal(-1, 1.5, n)
    return raw, (random.random(n) < probability(intercept + slope * raw)).astype(float)


def test_each_mode_finds_its_own_level_and_slope() -> None:
    raw, churned = map(
        np.concatenate,
        zip(drawn(40_000, -0.5, 0.8, 1), drawn(40_000, 0.7, 1.3, 2), strict=True),
    )
    modes = np.repeat(np.array(["postpaid", "prepaid"], dtype=object), 40_000)
    curves = fit_calibration(raw, churned, modes).curves
    assert set(curves) == {"postpaid", "prepaid", EVERYONE}
    for mode, expected in (("postpaid", (-0.5, 0.8)), ("prepaid", (0.7, 1.3))):
        assert (curves[mode].intercept, curves[mode].slope) == pytest.approx(expected, abs=0.06)
    assert curves["postpaid"].churners == churned[:40_000].sum()


def test_the_calibrated_risks_add_up_to_the_churners() -> None:
    raw, churned = drawn(3_000, -1, 0.6, 3)
    modes = np.array(["postpaid", "prepaid", "prepaid"] * 1_000, dtype=object)
    risk = fit_calibration(raw, churned, modes).risk(raw, modes)
    for mode in ("postpaid", "prepaid"):
        assert risk[modes == mode].sum() == pytest.approx(churned[modes == mode].sum(), rel=1e-6)


@pytest.mark.parametrize("churners", [0, 1, FEW_CHURNERS - 1])
def test_few_churners_shift_the_level_and_leave_the_slope(churners: int) -> None:
    raw = np.linspace(-4, 1, 500)
    churned = np.zeros(500)
    churned[:churners] = 1
    modes = np.full(500, "prepaid", dtype=object)
    calibration = fit_calibration(raw, churned, modes)
    assert calibration.curves["prepaid"].slope == 1
    assert calibration.risk(raw, modes).mean() == pytest.approx((churners + 0.5) / 501)


def test_everyone_leaving_stays_a_probability() -> None:
    raw, modes = np.linspace(-1, 1, 50), np.full(50, "prepaid", dtype=object)
    risk = fit_calibration(raw, np.ones(50), modes).risk(raw, modes)
    assert ((risk > 0.5) & (risk < 1)).all()


def test_one_score_for_all_takes_the_churn_rate() -> None:
    raw, modes = np.full(200, -3.0), np.full(200, "prepaid", dtype=object)
    churned = np.repeat([1.0, 0], [50, 150])
    risk = fit_calibration(raw, churned, modes).risk(raw, modes)
    assert risk == pytest.approx(np.full(200, 50.5 / 201))


def test_churners_parted_from_stayers_do_not_hang_the_fit() -> None:
    raw, modes = np.linspace(-3, 3, 200), np.full(200, "prepaid", dtype=object)
    risk = fit_calibration(raw, (raw > 0).astype(float), modes).risk(raw, modes)
    assert np.isfinite(risk).all()
    assert (np.diff(risk) >= 0).all()


def test_an_unknown_mode_takes_the_curve_of_everyone() -> None:
    calibration = Calibration({EVERYONE: Curve(0.0, 1.0, 9), "prepaid": Curve(1.0, 1.0, 9)})
    risk = calibration.risk(np.zeros(2), np.array(["hybrid", "prepaid"], dtype=object))
    assert risk == pytest.approx(probability(np.array([0.0, 1.0])))


def test_without_rows_there_are_no_risks() -> None:
    calibration = Calibration({EVERYONE: Curve(0.0, 1.0, 9)})
    assert calibration.risk(np.empty(0), np.empty(0, dtype=object)).shape == (0,)
