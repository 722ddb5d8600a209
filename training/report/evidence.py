"""What the pictures of a report show: the judged rows' risks, and why they have them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from training.churn import churned
from training.models.bundle import Bundle
from training.panels import modelled
from training.statistics.logistic import Floats

SAMPLE = 2000  # rows whose reasons are drawn; more dots only hide each other


@dataclass(frozen=True)
class Evidence:
    """The test rows that were judged, as arrays of shape (n,), and a sample's SHAP values.

    `rfm` and `best` (the oracle's probability) are None where there is none. `contributions`
    (without the expected value) and `values` have shape (at most `SAMPLE`, features); values
    of categories are missing, as they have no high and low.
    """

    churned: Floats
    risk: Floats
    rfm: Floats | None
    best: Floats | None
    contributions: Floats
    values: Floats

    def risks(self) -> dict[str, Floats]:
        """The risks that can be drawn beside each other, by the names of `curves.LINES`."""
        risks = {"model": self.risk, "RFM baseline": self.rfm, "best possible": self.best}
        return {name: risk for name, risk in risks.items() if risk is not None}


def evidence(
    bundle: Bundle,
    rows: pd.DataFrame,
    risk: Floats,
    rfm: Floats | None = None,
    oracle: pd.DataFrame | None = None,
    seed: int = 7,
) -> Evidence:
    """The evidence of test rows, as `training_panel` gives them; risks of shape (len(rows),).

    The oracle's curve is drawn only where every row has one, for it must be the same rows.
    """
    keep = modelled(rows)
    judged = rows.loc[keep, ["customer_id", "as_of", "outcome"]]
    best = None
    if oracle is not None:
        known = judged[["customer_id", "as_of"]].merge(
            oracle, on=["customer_id", "as_of"], how="left"
        )["probability_observable"]
        best = known.to_numpy(dtype=float) if len(known) and known.notna().all() else None
    count = min(SAMPLE, len(judged))
    chosen = np.sort(np.random.default_rng(seed).choice(len(judged), count, replace=False))
    matrix = bundle.encode(rows.iloc[np.flatnonzero(keep)[chosen]])
    contributions = bundle.shap_values(matrix)[:, :-1]
    values = np.array(matrix, dtype=float)
    values[:, [name in bundle.maps for name in bundle.features]] = np.nan
    return Evidence(
        churned=churned(judged),
        risk=risk[keep],
        rfm=None if rfm is None else rfm[keep],
        best=best,
        contributions=contributions,
        values=values,
    )
