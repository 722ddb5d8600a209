"""The model between the RFM baseline and the oracle, on the same rows and the same draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from training.evaluation.segments import View, view
from training.indicators.comparison import (
    AUC_OVER_RFM,
    GAP_CLOSED,
    ORACLE_AUC,
    ORACLE_OVER_AUC,
    ORACLE_OVER_RFM,
    ORACLE_ROWS,
    RFM_AUC,
    SHARE_OF_ORACLE,
)
from training.statistics.logistic import Floats
from training.statistics.ranking import Places
from training.statistics.resamples import Key


@dataclass(frozen=True)
class Baselines:
    """Rankings of the same rows: by the model and RFM all of them, and by all three those
    `known` to the oracle. A view that is None did not take part.
    """

    own: View
    rfm: View | None
    known_own: View | None
    known_rfm: View | None
    known_best: View | None

    def statistics(self, times: Floats) -> dict[Key, float | None]:
        """The AUCs and their differences and ratios under one draw of customers."""
        own, rfm, best = (_auc(judged, times) for judged in (self.own, self.rfm, self.known_best))
        beside = own if self.known_own is self.own else _auc(self.known_own, times)
        below = rfm if self.known_rfm is self.rfm else _auc(self.known_rfm, times)
        return {
            (RFM_AUC.name,): rfm,
            (AUC_OVER_RFM.name,): _less(own, rfm),
            (ORACLE_AUC.name,): best,
            (ORACLE_OVER_AUC.name,): _less(best, beside),
            (ORACLE_OVER_RFM.name,): _less(best, below),
            (SHARE_OF_ORACLE.name,): _ratio(_less(beside, 0.5), _less(best, 0.5)),
            (GAP_CLOSED.name,): _ratio(_less(beside, below), _less(best, below)),
        }

    def counts(self) -> dict[str, Any]:
        """The number of rows with a probability of the oracle."""
        return {ORACLE_ROWS.name: len(self.known_best.customer) if self.known_best else 0}


def baselines(
    rows: pd.DataFrame,
    risk: Floats,
    customer: Places,
    rfm: Floats | None,
    oracle: pd.DataFrame | None,
) -> Baselines:
    """The model's rivals on `rows`; risks and customers' places are of shape (len(rows),)."""
    own = view((), rows, risk, customer)
    below = None if rfm is None else view((), rows, rfm, customer)
    if oracle is None:
        return Baselines(own, below, None, None, None)
    best = rows[["customer_id", "as_of"]].merge(oracle, on=["customer_id", "as_of"], how="left")
    known = best["probability_observable"].notna().to_numpy()
    truth = best.loc[known, "probability_observable"].to_numpy(dtype=float)
    if known.all():
        return Baselines(own, below, own, below, view((), rows, truth, customer))
    rows, customer = rows[known], customer[known]
    return Baselines(
        own,
        below,
        view((), rows, risk[known], customer),
        None if rfm is None else view((), rows, rfm[known], customer),
        view((), rows, truth, customer),
    )


def _auc(judged: View | None, times: Floats) -> float | None:
    return None if judged is None else judged.weigh(times).auc()


def _less(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


def _ratio(part: float | None, whole: float | None) -> float | None:
    """Null too where the whole is 0 or below."""
    return None if part is None or whole is None or whole <= 0 else part / whole
