"""How much chance there is in a world: what anyone could reach at best, by the oracle itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

Array = NDArray[Any]


def noise_of(truth: Path) -> dict[str, Any]:
    """The statement `truth/noise.json`, from `truth/oracle`; empty without an oracle.

    For the observable and the full oracle: `auc` and `brier_skill` as expected of the
    probabilities themselves, were each a true one; no model can expect more than the observable.
    `rows`, and `rate`: the mean probability. Probabilities from few futures and few customers are
    noisy themselves, and the figures then too good.
    """
    path = truth / "oracle.parquet"
    if not path.exists():
        return {}
    columns = ("probability_observable", "probability_full")
    table = pq.read_table(path, columns=list(columns))
    return {name.removeprefix("probability_"): expected(table[name].to_numpy()) for name in columns}


def expected(probability: Array) -> dict[str, float]:
    """What ranking and calibration by true probabilities are expected to reach.

    AUC: of all pairs of one who leaves and one who stays, in expectation the share ranked right
    (each row being both to its probability). Brier skill: variance of the probabilities over
    that of the outcome (Murphy 1973, Journal of Applied Meteorology 12:595, without noise).

    >>> expected(np.array([0.5, 0.5]))["auc"]
    0.5
    """
    p = np.sort(probability.astype(np.float64))
    stays, rate = 1 - p, float(p.mean())
    value, start = np.unique(p, return_index=True)
    below = np.concatenate([[0.0], np.cumsum(stays)])
    size = np.diff(np.append(start, len(p)))
    pairs = value * size * (below[start] + below[start + size]) / 2
    chance = rate * (1 - rate)
    return {
        "auc": float(pairs.sum() / (p.sum() * stays.sum())) if chance else 0.5,
        "brier_skill": float(p.var() / chance) if chance else 0.0,
        "rate": rate,
        "rows": len(p),
    }
