"""The truth about a model: its risks against what happened, out of time.

Headline figures are of the rows that have a label (left or stayed). Beside them stand those
without customers who had already requested to cancel, those of the full base (a customer who
left before the lead was over counts as not helped: 0), each payment mode, value tier and city,
other lead times, a baseline on recency, frequency and monetary value, and in a simulation the
best that is possible. Intervals are 95 %, over customers (`training.statistics.resamples`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from features.progress import Progress, silent
from training.churn import churned
from training.evaluation.baselines import baselines
from training.evaluation.figures import INTERVAL, Evaluation
from training.evaluation.profit import Economics, best_list
from training.evaluation.segments import FEW_CHURNERS, SEGMENTS, View, base_rates, segments, view
from training.fit_settings import FitSettings
from training.indicators.comparison import OWN_LEAD_AUC
from training.indicators.evaluation import (
    AUC,
    AVERAGE_PRECISION,
    BASE_RATE,
    CHURN_RATE,
    CHURNERS,
    COMPETING,
    CUSTOMERS,
    DATES,
    EMP,
    KINDS,
    LEFT_EARLY,
    OBSERVED_OVER_EXPECTED,
    PRECISION_AT_K,
    ROWS,
    TOP_DECILE_LIFT,
    TREATED,
)
from training.panels import modelled
from training.statistics.logistic import Floats
from training.statistics.metrics import auc
from training.statistics.ranking import MEASURES, Places, Weighed, rank
from training.statistics.resamples import Interval, Key, intervals

CANCEL_REQUESTS = "cancel_requests"
SHARES = (0.01, 0.05, 0.1)
PROFIT = "profit"
READ = (
    "customer_id", "as_of", "period", "outcome", "treated", "kind", CANCEL_REQUESTS,
    *SEGMENTS.values(),
)  # fmt: skip
RANKS = (AUC.name, AVERAGE_PRECISION.name, TOP_DECILE_LIFT.name)
COUNTED = (ROWS.name, CUSTOMERS.name, CHURNERS.name)

Figures = dict[str, Any]


def evaluate(
    rows: pd.DataFrame,
    risk: Floats,
    settings: FitSettings,
    oracle: pd.DataFrame | None = None,
    progress: Progress = silent,
    *,
    rfm: Floats | None = None,
    leads: Mapping[int, pd.Series] | None = None,
    panel: pd.DataFrame | None = None,
    economics: Economics | None = None,
) -> Evaluation:
    """All figures of a test period, null where the rows do not allow one.

    `rows` is the test period's panel, `risk` its risks, shape (n,). `oracle` (simulation only) has
    customer_id, as_of and `probability_observable`: its AUC on the same rows is the best
    possible. `rfm` are the baseline's risks (`training.evaluation.rfm`), shape (n,),
    `leads` the outcomes under other leads (`training.evaluation.leads`), `panel` the rows of all
    periods, for the base rate. Segments and leads with fewer than `FEW_CHURNERS` churned customers
    are null but for their counts.
    """
    economics = economics or Economics()
    rows = rows[[name for name in READ if name in rows.columns]]  # copies below stay small
    customer, names = pd.factorize(rows["customer_id"], sort=True)
    keep = modelled(rows)
    judged, own = rows[keep], risk[keep]
    whole = view((), judged, own, customer[keep], tuple(MEASURES))
    parts = [
        *_without_cancel_requests(judged, own, customer[keep]),
        *segments(judged, own, customer[keep]),
        *_by_lead(rows, risk, customer, leads or {}),
    ]
    rivals = baselines(judged, own, customer[keep], None if rfm is None else rfm[keep], oracle)

    def statistics(times: Floats) -> dict[Key, float | None]:
        found = _at_the_top(whole.weigh(times), economics) | rivals.statistics(times)
        for part in (whole, *parts):
            found |= part.statistics(times)
        return found

    once = np.ones(len(names))
    bounds = intervals(statistics, len(names), settings.bootstrap, settings.seed, progress)
    figures: Figures = whole.figures(once, bounds)
    figures["counts"] = _counts(rows, judged) | {name: figures.pop(name) for name in COUNTED}
    figures |= _top_figures(whole.weigh(once), economics, bounds)
    figures |= rivals.counts()
    for (name,), value in rivals.statistics(once).items():
        figures |= {name: value, f"{name}{INTERVAL}": bounds[(name,)]}
    there = (rows["outcome"] != "competing").to_numpy()
    figures["full_base"] = measures(rows[there], risk[there])
    figures[BASE_RATE.name] = base_rates(rows if panel is None else panel)
    figures |= {"by_payment_mode": {}, "by_lead": {}}
    for part in parts:
        *folder, name = part.path
        place = figures.setdefault(folder[0], {}) if folder else figures
        place[name] = part.figures(once, bounds)
    return Evaluation(figures)


def measures(rows: pd.DataFrame, risk: Floats) -> Figures:
    """Every metric of `training.statistics.ranking` on these rows, with the churn rate."""
    label = churned(rows)
    weighed = rank(label, risk).weigh(np.ones(len(rows)))
    figures: Figures = {CHURN_RATE.name: float(label.mean()) if len(rows) else None}
    return figures | {name: measure(weighed) for name, measure in MEASURES.items()}


def _counts(rows: pd.DataFrame, judged: pd.DataFrame) -> Figures:
    kinds = judged["kind"][churned(judged) == 1].value_counts()
    return {
        DATES.name: [f"{date:%F}" for date in sorted(rows["as_of"].unique())],
        LEFT_EARLY.name: int((rows["outcome"] == "left_early").sum()),
        COMPETING.name: int((rows["outcome"] == "competing").sum()),
        TREATED.name: int(rows["treated"].sum()) if "treated" in rows.columns else 0,
        KINDS.name: {str(kind): int(count) for kind, count in kinds.items()},
    }


def _without_cancel_requests(rows: pd.DataFrame, risk: Floats, customer: Places) -> list[View]:
    """Customers who had not requested to cancel; nothing where no complaints are delivered."""
    if CANCEL_REQUESTS not in rows.columns:
        return []
    quiet = (rows[CANCEL_REQUESTS] == 0).to_numpy()
    bounded = (*RANKS, OBSERVED_OVER_EXPECTED.name)
    return [view(("without_cancel_requests",), rows[quiet], risk[quiet], customer[quiet], bounded)]


def _by_lead(
    rows: pd.DataFrame, risk: Floats, customer: Places, leads: Mapping[int, pd.Series]
) -> list[View]:
    """Each lead on the dates whose label is known, and the model's own lead on those dates."""
    found = []
    for lead_days, outcomes in leads.items():
        mature = outcomes.notna().to_numpy()
        other = rows.assign(outcome=outcomes)
        there = mature & modelled(other)
        path = ("by_lead", str(lead_days))
        part = view(path, other[there], risk[there], customer[there], RANKS, FEW_CHURNERS)
        own = mature & modelled(rows)
        counts = {
            DATES.name: int(rows.loc[mature, "as_of"].nunique()),
            OWN_LEAD_AUC.name: auc(churned(rows[own]), risk[own], np.ones(own.sum())),
        }
        found.append(replace(part, counts={**part.counts, **counts}))
    return found


def _at_the_top(rows: Weighed, economics: Economics) -> dict[Key, float | None]:
    """Precision at every share, and the expected maximum profit."""
    best = best_list(rows, economics)
    found: dict[Key, float | None] = {(EMP.name, PROFIT): best.profit if best else None}
    return found | {
        (PRECISION_AT_K.name, f"{share:g}"): rows.precision_at(share) for share in SHARES
    }


def _top_figures(rows: Weighed, economics: Economics, bounds: Mapping[Key, Interval]) -> Figures:
    best = best_list(rows, economics)
    names = [f"{share:g}" for share in SHARES]
    return {
        PRECISION_AT_K.name: {
            name: rows.precision_at(share) for name, share in zip(names, SHARES, strict=True)
        },
        f"{PRECISION_AT_K.name}{INTERVAL}": {
            name: bounds[(PRECISION_AT_K.name, name)] for name in names
        },
        EMP.name: {
            PROFIT: best.profit if best else None,
            f"{PROFIT}{INTERVAL}": bounds[(EMP.name, PROFIT)],
            "share": best.share if best else None,
        },
    }
