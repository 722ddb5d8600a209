"""What MLflow shows of a backtest: one run, its figures as metrics over the dates.

    metrics     `auc`, `auc_interval.low`, `observed_over_expected.prepaid`, ...: one point a date,
                at that date's time; the step is the date as a number, such as 20251117
    artifacts   backtest.json (every figure), pictures/backtest.png

Only the registry imports mlflow; here it is an argument.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from training.evaluation.backtest import BY_MODE, Backtest
from training.evaluation.figures import INTERVAL, Evaluation
from training.indicators.comparison import SHARE_OF_ORACLE
from training.indicators.evaluation import (
    AUC,
    BRIER_SKILL,
    CALIBRATION_SLOPE,
    CHURNERS,
    OBSERVED_OVER_EXPECTED,
    ROWS,
    TOP_DECILE_LIFT,
)
from training.statistics.estimate import Estimate

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "backtest"
LOGGED = (
    *(ROWS, CHURNERS, AUC, TOP_DECILE_LIFT, CALIBRATION_SLOPE, OBSERVED_OVER_EXPECTED),
    *(BRIER_SKILL, SHARE_OF_ORACLE),
)
POINTS_AT_ONCE = 500  # MLflow takes 1000 metrics in one call


def log_backtest_run(mlflow: Any, found: Backtest, picture: Figure) -> None:
    """Log all of it into the active run."""
    mlflow.log_params({"from": found.since, "to": found.until, "every_weeks": found.every_weeks})
    mlflow.set_tags({"data_fingerprint": found.data, "recipe": found.recipe})
    run = mlflow.active_run().info.run_id
    entities = [mlflow.entities.Metric(*point) for point in points(found)]
    for start in range(0, len(entities), POINTS_AT_ONCE):
        mlflow.MlflowClient().log_batch(run, metrics=entities[start : start + POINTS_AT_ONCE])
    mlflow.log_dict(found.to_json(), f"{NAME}.json")
    shown = {"facecolor": "white", "dpi": 150}
    mlflow.log_figure(picture, f"pictures/{NAME}.png", save_kwargs=shown)


def points(found: Backtest) -> Iterator[tuple[str, float, int, int]]:
    """Name, value, milliseconds of the epoch and step of every figure that is known."""
    for one in found.judged:
        date = datetime.fromisoformat(one.as_of)
        when = int(1000 * date.replace(tzinfo=UTC).timestamp())
        for name, value in _values(one.evaluation):
            yield name, value, when, int(f"{date:%Y%m%d}")


def _values(figures: Evaluation) -> Iterator[tuple[str, float]]:
    whole = figures | figures.part("counts")
    for one in LOGGED:
        yield from _ends(one.name, whole.estimate(one))
    for mode in figures.part(BY_MODE):
        level = figures.part(BY_MODE, mode).estimate(OBSERVED_OVER_EXPECTED)
        yield from _ends(f"{OBSERVED_OVER_EXPECTED.name}.{mode}", level)


def _ends(name: str, estimate: Estimate) -> Iterator[tuple[str, float]]:
    if estimate.value is not None:
        yield name, float(estimate.value)
    if estimate.interval is not None:
        low, high = estimate.interval
        yield from ((f"{name}{INTERVAL}.low", low), (f"{name}{INTERVAL}.high", high))
