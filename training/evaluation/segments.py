"""Parts of the test period, judged separately: payment modes, tiers, cities; and base rates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from training.churn import churned
from training.indicators.evaluation import (
    AUC,
    CHURN_RATE,
    CHURNERS,
    CUSTOMERS,
    OBSERVED_OVER_EXPECTED,
    ROWS,
)
from training.panels import modelled
from training.statistics.logistic import Floats
from training.statistics.ranking import MEASURES, Places, Ranking, Weighed, rank
from training.statistics.resamples import Interval, Key

FEW_CHURNERS = 30  # below this a segment's figures would be noise: null, with the counts beside

SEGMENTS = {"by_payment_mode": "payment_mode", "by_tier": "value_tier", "by_city": "city"}


@dataclass(frozen=True)
class View:
    """Rows that are judged together.

    `path` is where their figures stand, `counts` what is counted of them, `customer` each
    row's customer as a place among all, riskiest row first. `bounded` names the measures that
    get an interval. With `few` churners the measures are null.
    """

    path: Key
    counts: Mapping[str, Any]
    ranking: Ranking
    customer: Places
    bounded: tuple[str, ...] = ()
    few: bool = False

    def weigh(self, times: Floats) -> Weighed:
        """The rows, each as often as its customer was drawn."""
        return Weighed(self.ranking, times[self.customer])

    def figures(self, times: Floats, bounds: Mapping[Key, Interval]) -> dict[str, Any]:
        """Counts, measures and intervals as plain JSON values."""
        found: dict[str, Any] = dict(self.counts)
        weighed = self.weigh(times)
        for name, measure in MEASURES.items():
            found[name] = None if self.few else measure(weighed)
            if name in self.bounded:
                found[f"{name}_interval"] = bounds.get((*self.path, name))
        return found

    def statistics(self, times: Floats) -> dict[Key, float | None]:
        """The bounded measures under one draw of customers."""
        if self.few:
            return {}
        weighed = self.weigh(times)
        return {(*self.path, name): MEASURES[name](weighed) for name in self.bounded}


def view(
    path: Key,
    rows: pd.DataFrame,
    risk: Floats,
    customer: Places,
    bounded: tuple[str, ...] = (),
    least_churners: int = 0,
) -> View:
    """The view of `rows`, whose risks and customers' places are of shape (len(rows),)."""
    label = churned(rows)
    ranking = rank(label, risk)
    churners = len(np.unique(customer[label == 1]))
    counts = {
        ROWS.name: len(rows),
        CUSTOMERS.name: len(np.unique(customer)),
        CHURNERS.name: churners,
        CHURN_RATE.name: float(label.mean()) if len(rows) else None,
    }
    few = churners < least_churners
    return View(path, counts, ranking, customer[ranking.order], bounded, few)


def segments(rows: pd.DataFrame, risk: Floats, customer: Places) -> list[View]:
    """The views of every payment mode, tier and city in `rows`; a missing column gives none.

    Modes get an interval for every measure, as each is calibrated on its own.
    """
    found = []
    for name, column in SEGMENTS.items():
        if column not in rows.columns:
            continue
        few = (AUC.name, OBSERVED_OVER_EXPECTED.name)
        bounded = tuple(MEASURES) if name == "by_payment_mode" else few
        values = rows[column].astype("string")
        for value in sorted(values.dropna().unique()):
            part = (values == value).fillna(False).to_numpy(dtype=bool)
            path = (name, str(value))
            found.append(view(path, rows[part], risk[part], customer[part], bounded, FEW_CHURNERS))
    return found


def base_rates(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """The churn rate of every panel date, oldest first: overall and per payment mode.

    `rows` as `training_panel` gives them; a mode that no customer has on a date is null.
    """
    read = ("as_of", "outcome", "treated", "payment_mode", "period")
    rows = rows.loc[modelled(rows), [name for name in read if name in rows.columns]]
    label = pd.Series(churned(rows), index=rows.index)
    overall = label.groupby(rows["as_of"]).agg(["mean", "size"])
    modes = label.groupby([rows["as_of"], rows["payment_mode"].astype(str)]).mean().unstack()
    periods = rows.groupby("as_of")["period"].first() if "period" in rows.columns else None
    return [
        {
            "date": f"{date:%F}",
            "period": "test" if periods is None else str(periods[date]),
            ROWS.name: int(overall.loc[date, "size"]),
            CHURN_RATE.name: float(overall.loc[date, "mean"]),
            "by_payment_mode": {
                str(mode): None if pd.isna(rate) else float(rate)
                for mode, rate in modes.loc[date].items()
            },
        }
        for date in overall.index
    ]
