"""The truth about a model: its risks against what happened, out of time.

Headline figures are of the rows that the label speaks of (left or stayed). Beside them stand
those without customers who had already asked to cancel, those of the full base (who left
before the lead was over counts as not helped: 0), and each payment mode. Intervals are 95 %,
from a bootstrap that resamples customers, since a customer's weekly rows are no independent
witnesses (Davison and Hinkley 1997, section 3.8).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from features.progress import Progress, silent
from training.churn import churned
from training.metrics import METRICS, Floats, auc
from training.panel import modelled
from training.settings import FitSettings

ASKED = "cancel_requests"
INTERVAL = (2.5, 97.5)

Figures = dict[str, Any]


def evaluate(
    rows: pd.DataFrame,
    risk: Floats,
    settings: FitSettings,
    oracle: pd.DataFrame | None = None,
    progress: Progress = silent,
) -> Figures:
    """All figures of a test period as plain JSON values, null where the rows cannot tell.

    `rows` is the test period's panel, `risk` its risks, shape (n,). `oracle` (simulation only)
    has customer_id, as_of and `probability_observable`: its AUC on the same rows is the most
    that anyone could reach.
    """
    keep = modelled(rows)
    judged, own = rows[keep], risk[keep]
    figures = measures(judged, own)
    figures |= _intervals(judged, own, settings, progress)
    figures["counts"] = {
        "dates": [f"{date:%F}" for date in sorted(rows["as_of"].unique())],
        "rows": len(judged),
        "customers": int(judged["customer_id"].nunique()),
        "leavers": int(judged.loc[judged["outcome"] == "left", "customer_id"].nunique()),
        "left_early": int((rows["outcome"] == "left_early").sum()),
        "competing": int((rows["outcome"] == "competing").sum()),
        "kinds": {
            str(k): int(n) for k, n in judged["kind"][churned(judged) == 1].value_counts().items()
        },
    }
    if ASKED in rows.columns:
        quiet = (judged[ASKED] == 0).to_numpy()
        figures["without_asked"] = measures(judged[quiet], own[quiet])
    there = (rows["outcome"] != "competing").to_numpy()
    figures["full_base"] = measures(rows[there], risk[there])
    figures["by_payment_mode"] = {
        str(mode): measures(
            judged[(judged["payment_mode"] == mode).to_numpy()],
            own[(judged["payment_mode"] == mode).to_numpy()],
        )
        for mode in sorted(judged["payment_mode"].unique())
    }
    if oracle is not None:
        figures |= _against_oracle(judged, own, oracle)
    return figures


def measures(rows: pd.DataFrame, risk: Floats) -> Figures:
    """Every metric of `training.metrics` on these rows, with the churn rate."""
    label, weight = churned(rows), np.ones(len(rows))
    figures: Figures = {"churn_rate": float(label.mean()) if len(rows) else None}
    return figures | {name: metric(label, risk, weight) for name, metric in METRICS.items()}


def _intervals(
    rows: pd.DataFrame, risk: Floats, settings: FitSettings, progress: Progress
) -> Figures:
    """`auc_interval` and so on, [low, high]; null where a resample could not tell."""
    generator = np.random.default_rng(settings.seed)
    customer, names = pd.factorize(rows["customer_id"])
    label = churned(rows)
    drawn: dict[str, list[float | None]] = {name: [] for name in METRICS}
    for place in range(settings.bootstrap):
        progress("intervals", place, settings.bootstrap)
        times = np.bincount(generator.integers(0, len(names), len(names)), minlength=len(names))
        weight = times[customer].astype(float)
        for name, metric in METRICS.items():
            drawn[name].append(metric(label, risk, weight))
    progress("intervals", settings.bootstrap, settings.bootstrap)
    return {
        f"{name}_interval": None
        if None in values
        else [float(bound) for bound in np.percentile(np.array(values, dtype=float), INTERVAL)]
        for name, values in drawn.items()
    }


def _against_oracle(rows: pd.DataFrame, risk: Floats, oracle: pd.DataFrame) -> Figures:
    """The oracle's AUC, and the model's on the same rows (those for which the truth is told)."""
    best = rows[["customer_id", "as_of"]].merge(oracle, on=["customer_id", "as_of"], how="left")
    known = best["probability_observable"].notna().to_numpy()
    label, weight = churned(rows)[known], np.ones(int(known.sum()))
    own = auc(label, risk[known], weight)
    top = auc(label, best.loc[known, "probability_observable"].to_numpy(), weight)
    share = None
    if own is not None and top is not None and top != 0.5:
        share = (own - 0.5) / (top - 0.5)
    return {"oracle_auc": top, "oracle_rows": int(known.sum()), "share_of_oracle": share}
