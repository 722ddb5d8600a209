"""The models of value judged out of time, against "nothing changes" and the trend."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.histories.bills.tiers import FEN, TIERS, Bounds, tiers_of
from training.encoding import Maps, encode
from training.fit_settings import FitSettings
from training.indicators.evaluation import CUSTOMERS, ROWS
from training.indicators.indicator import LOWER
from training.indicators.value import (
    DOWN,
    MARGIN_MAE,
    MARGIN_OBSERVED_OVER_EXPECTED,
    TIER_BOUNDS,
    TIER_DOWN_AP,
    TIER_KAPPA,
    TIER_MATRIX,
    TIER_UP_AP,
    UP,
)
from training.statistics.metrics import Floats
from training.statistics.resamples import Key, intervals
from training.value import ValueModels, likeliest, means, next_margin, next_tier, sums_of
from training.value.tier_metrics import UpwardRanking, mean_absolute_error, quadratic_kappa

Figures = dict[str, Any]
Figure = Callable[[Floats], float | None]

# Each figure of the models, and what it is compared with.
PAIRS = (
    (TIER_KAPPA, "unchanged"),
    (TIER_UP_AP, "unchanged"),
    (TIER_UP_AP, "trend"),
    (TIER_DOWN_AP, "unchanged"),
    (TIER_DOWN_AP, "trend"),
    (MARGIN_MAE, "unchanged"),
)


def value_figures(
    models: ValueModels,
    rows: pd.DataFrame,
    columns: tuple[str, ...],
    maps: Maps,
    bounds: Bounds,
    settings: FitSettings,
) -> Figures:
    """All figures of the test dates of `rows` (a `value_panel`), as JSON values.

    `tier_kappa`: quadratic-weighted kappa of the predicted tier with the one that came;
    `tier_up_ap` and `tier_down_ap`: average precision of the chance to move, among those who
    could; `margin_mae`: mean absolute error of the monthly margin, in the currency. Beside each
    stands the same of `unchanged` (as the last three bills were; for a move one score for all,
    so the share that moved) and, for moves, of `trend` (the change between the last three bills
    and the three before goes on). `<figure>_over_<other>_interval`: 95 % of the gain, over a
    bootstrap of customers, above 0 where the model is better. A figure is null where the rows
    do not allow one.
    """
    test = rows[(rows["period"] == "test").to_numpy()].reset_index(drop=True)
    matrix, sums = encode(test, columns, maps), sums_of(test)
    chances = models.tier_probabilities(matrix)
    today, actual = tiers_of(sums[:, 1], sums[:, 0], bounds), next_tier(test, bounds)
    expected, came = models.monthly_margin(matrix, sums), next_margin(test)
    _, usual = means(sums)
    predicted = likeliest(chances)
    figures: dict[str, Figure] = {
        TIER_KAPPA.name: lambda weight: quadratic_kappa(actual, predicted, len(TIERS), weight),
        TIER_KAPPA.of("unchanged").name: lambda weight: quadratic_kappa(
            actual, today, len(TIERS), weight
        ),
        **_moves(chances, test, today, actual, bounds),
        MARGIN_MAE.name: lambda weight: mean_absolute_error(came, expected, weight),
        MARGIN_MAE.of("unchanged").name: lambda weight: mean_absolute_error(came, usual, weight),
    }
    everyone = np.ones(len(test))
    found: Figures = {name: figure(everyone) for name, figure in figures.items()}
    codes, customers = pd.factorize(test["customer_id"], sort=True)
    bounds_of = intervals(
        lambda times: _gains(figures, times[codes]),
        len(customers),
        settings.bootstrap,
        settings.seed,
    )
    found |= {f"{name}_interval": interval for (name,), interval in bounds_of.items()}
    found[MARGIN_OBSERVED_OVER_EXPECTED.name] = _ratio(came, expected)
    found["by_date"] = [
        {
            "date": f"{date:%F}",
            ROWS.name: int(own.sum()),
            UP.name: int((actual > today)[own].sum()),
            DOWN.name: int((actual < today)[own].sum()),
            MARGIN_OBSERVED_OVER_EXPECTED.name: _ratio(came[own], expected[own]),
        }
        for date in sorted(test["as_of"].unique())
        for own in [(test["as_of"] == date).to_numpy()]
    ]
    found["counts"] = {
        ROWS.name: len(test),
        CUSTOMERS.name: int(test["customer_id"].nunique()),
        UP.name: int((actual > today).sum()),
        DOWN.name: int((actual < today).sum()),
    }
    # Row: the tier that came; column: the one predicted.
    seen = np.bincount(actual * len(TIERS) + predicted, minlength=len(TIERS) ** 2)
    found[TIER_MATRIX.name] = seen.reshape(len(TIERS), -1).tolist()
    found[TIER_BOUNDS.name] = [bound / FEN for bound in bounds]
    found["periods"] = {
        str(period): {
            "first": f"{own['as_of'].min():%F}",
            "last": f"{own['as_of'].max():%F}",
            ROWS.name: len(own),
            CUSTOMERS.name: int(own["customer_id"].nunique()),
        }
        for period, own in rows.groupby("period")
    }
    return found | {"note": None}


def _moves(
    chances: Floats,
    rows: pd.DataFrame,
    today: NDArray[np.int64],
    actual: NDArray[np.int64],
    bounds: Bounds,
) -> dict[str, Figure]:
    """Average precision up and down: of the model, of one score for all, of the trend."""
    figures: dict[str, Figure] = {}
    trend = _trend(rows)
    own_chance = np.take_along_axis(np.cumsum(chances, axis=1), today[:, None], axis=1)[:, 0]
    stays = np.take_along_axis(chances, today[:, None], axis=1)[:, 0]
    edges = np.array([0, *bounds, 0], dtype=float) / FEN
    for one, moved, could, score, line in (
        (TIER_UP_AP, actual > today, today < len(TIERS) - 1, 1 - own_chance, edges[today + 1]),
        (TIER_DOWN_AP, actual < today, today > 0, own_chance - stays, edges[today]),
    ):
        sign = 1 if one is TIER_UP_AP else -1
        distance = sign * (trend - line) / np.maximum(line, 1e-9)
        for name, ranked in (
            (one.name, score),
            (one.of("unchanged").name, np.zeros(len(rows))),
            (one.of("trend").name, distance),
        ):
            ranking = UpwardRanking(moved[could].astype(float), ranked[could])
            figures[name] = partial(_among, could, ranking)
    return figures


def _among(could: NDArray[np.bool_], ranking: UpwardRanking, weight: Floats) -> float | None:
    return ranking.average_precision(weight[could])


def _trend(rows: pd.DataFrame) -> Floats:
    """The mean bill that comes if the last change goes on, in the currency."""
    bill, _ = means(sums_of(rows))
    change: Floats = rows["change_fen"].fillna(0).to_numpy(dtype=float) / FEN
    trend: Floats = bill + change
    return trend


def _gains(figures: dict[str, Figure], weight: Floats) -> dict[Key, float | None]:
    """How much better the model is than each rival, on one draw of customers."""
    found = {name: figure(weight) for name, figure in figures.items()}
    gains: dict[Key, float | None] = {}
    for one, other in PAIRS:
        own, rival = found[one.name], found[one.of(other).name]
        sign = -1 if one.better == LOWER else 1
        gain = None if own is None or rival is None else sign * (own - rival)
        gains[(one.over(other).name,)] = gain
    return gains


def _ratio(came: Floats, expected: Floats) -> float | None:
    total = float(expected.sum())
    return float(came.sum()) / total if total > 0 else None
