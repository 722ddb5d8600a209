"""Curves and bars of a test period."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.patches import Rectangle

from training.evaluation.profit import Economics, profit_curve
from training.pictures.curves import base_rate_lines, baseline_bars, gains, lift_bars, profit, roc
from training.statistics.estimate import Estimate

CHURNED = np.array([1.0, 1, 0, 0, 0, 0, 0, 0, 0, 0])
RISK = np.linspace(0.9, 0.1, 10)


def line(figure: Any, label: str) -> tuple[np.ndarray, np.ndarray]:
    found = next(line for line in figure.axes[0].lines if line.get_label() == label)
    return np.asarray(found.get_xdata()), np.asarray(found.get_ydata())


def test_gains_are_the_share_of_churners_on_the_list() -> None:
    shares, caught = line(gains(CHURNED, {"model": RISK, "RFM baseline": -RISK}), "model")
    assert np.interp([0, 0.1, 0.2, 1], shares, caught) == pytest.approx([0, 0.5, 1, 1])


def test_a_long_curve_is_thinned_and_keeps_its_ends() -> None:
    random = np.random.default_rng(1)
    risk = random.random(5000)
    churned = (random.random(5000) < risk).astype(float)
    shares, caught = line(gains(churned, {"model": risk}), "model")
    assert len(shares) <= 400
    assert (shares[0], shares[-1], caught[-1]) == (0, 1, 1)


def test_the_roc_shows_who_takes_part() -> None:
    figure = roc(CHURNED, {"model": RISK, "best possible": RISK})
    legend = figure.axes[0].get_legend()
    assert legend is not None
    labels = [text.get_text() for text in legend.get_texts()]
    assert labels == ["best possible", "model"]
    wrong, right = line(figure, "model")
    assert np.interp(0, wrong[::-1], right[::-1]) == pytest.approx(1)


def test_bars_are_the_churn_of_each_tenth() -> None:
    patches = lift_bars(CHURNED, RISK).axes[0].patches
    bars = [bar.get_height() for bar in patches if isinstance(bar, Rectangle)]
    assert bars == [1, 1, 0, 0, 0, 0, 0, 0, 0, 0]


def test_the_bars_show_the_baselines_whose_auc_is_known() -> None:
    figure = baseline_bars({"model": Estimate(0.8, 0.7, 0.9), "RFM baseline": Estimate()})
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["model"]


def test_the_profit_curve_stops_where_it_has_lost_more_than_it_won() -> None:
    figure = profit(*profit_curve(CHURNED, RISK, Economics()))
    low, high = figure.axes[0].get_ylim()
    assert (low, high) == pytest.approx((-1.5 * 11.2, 1.25 * 11.2))  # two churners at 56, of ten


def test_the_dashed_line_stands_where_the_profit_is_highest() -> None:
    """Wherever the optimum over uncertain acceptances lies, the mark is that of this curve."""
    figure = profit(*profit_curve(CHURNED, RISK, Economics()))
    curve = max(figure.axes[0].lines, key=lambda line: len(np.asarray(line.get_xdata())))
    dashed = next(line for line in figure.axes[0].lines if line.get_linestyle() == "--")
    shares, profits = np.asarray(curve.get_xdata()), np.asarray(curve.get_ydata())
    assert np.asarray(dashed.get_xdata())[0] == shares[np.argmax(profits)] == pytest.approx(0.2)
    assert "most profit: 20.0 %" in [text.get_text() for text in figure.axes[0].texts]


def test_between_the_periods_there_is_no_line() -> None:
    rates = [
        {
            "date": date,
            "period": period,
            "churn_rate": 0.03,
            "by_payment_mode": {"postpaid": 0.02, "prepaid": None},
        }
        for date, period in (
            ("2025-03-03", "fit"),
            ("2025-03-10", "fit"),
            ("2025-06-02", "test"),
            ("2025-06-09", "test"),
        )
    ]
    axes = base_rate_lines(rates).axes[0]
    assert {len(line.get_xdata()) for line in axes.lines} == {2}  # type: ignore[arg-type]
    assert len(axes.lines) == 3 * 2


@pytest.mark.parametrize("everyone", [0.0, 1.0])
def test_all_alike_and_no_customer_are_drawn_as_well(tmp_path: Path, everyone: float) -> None:
    for n in (0, 5):
        churned, risk = np.full(n, everyone), np.linspace(0.3, 0.01, n)
        pictures = [
            roc(churned, {"model": risk}),
            gains(churned, {"model": risk}),
            lift_bars(churned, risk),
            profit(*profit_curve(churned, risk, Economics())),
            baseline_bars({"model": Estimate()}),
            base_rate_lines([]),
        ]
        for figure in pictures:
            figure.savefig(tmp_path / "picture.png")
