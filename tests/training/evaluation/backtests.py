"""A backtest with figures by hand."""

from __future__ import annotations

from training.evaluation.backtest import Backtest, JudgedDate, PassedOver
from training.evaluation.figures import Evaluation


def backtest_of(*figures: tuple[float | None, float | None], recipe: str = "r") -> Backtest:
    """A backtest of dates with these AUCs and levels, and one that was passed over."""
    judged = tuple(
        JudgedDate(
            f"2026-01-{place + 1:02d}",
            f"m{place}",
            9,
            {},
            Evaluation(
                {
                    "auc": auc,
                    "auc_interval": None if auc is None else [auc - 0.05, auc + 0.05],
                    "observed_over_expected": level,
                    "oracle_auc": 0.8,
                    "counts": {"rows": 1000, "churners": 40},
                    "by_payment_mode": {"prepaid": {"observed_over_expected": level}},
                }
            ),
        )
        for place, (auc, level) in enumerate(figures)
    )
    late = PassedOver("2026-03-01", "not_enough_data", "too late")
    return Backtest("2026-01-01", "2026-03-01", 4, recipe, "d", judged, (late,))
